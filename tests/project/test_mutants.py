"""The list of faults keeps up with the code: what `make mutants` plants is there, and so is who has to notice."""

import re
from collections import Counter
from pathlib import Path

import pytest

from tests.mutants.faults import planted, read_faults

PROJECT = Path(__file__).parents[2]
FAULTS = read_faults()
ROOMS = {
    "ledger", "proof", "limits", "lease", "idempotency", "crossing", "visibility", "search", "authentication",
    "extraction",
}  # fmt: skip


def functions_in(path: str) -> set[str]:
    return set(re.findall(r"def (test_\w+)", (PROJECT / path).read_text()))


def test_there_are_many_in_every_room():
    assert len(FAULTS) >= 60
    assert {fault.room for fault in FAULTS} >= ROOMS


def test_each_has_a_sentence_of_its_own():
    assert [breaks for breaks, times in Counter(fault.breaks for fault in FAULTS).items() if times > 1] == []


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.breaks)
def test_it_can_be_planted(fault):
    assert (PROJECT / fault.file).read_text().count(fault.old) == 1
    assert fault.new != fault.old


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.breaks)
def test_who_is_to_notice_is_there(fault):
    assert fault.tests
    for test in fault.tests:
        path, *names = test.split("::")
        assert names[-1] in functions_in(path)


def test_what_was_planted_is_taken_out_again(tmp_path):
    fault = FAULTS[0]
    copy = tmp_path / fault.file
    copy.parent.mkdir(parents=True)
    sound = (PROJECT / fault.file).read_text()
    copy.write_text(sound)

    with planted(fault, tmp_path):
        assert copy.read_text() == sound.replace(fault.old, fault.new)

    assert copy.read_text() == sound
