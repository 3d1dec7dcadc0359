"""What .env.example, the README and the docs repeat from the code is what the code says."""

import os
import re

import pytest

from datasets.extraction import registry
from datasets.extraction.base import Kind
from datasets.extraction.encodings import binary_file
from fltr_project.configuration import variables
from fltr_project.configuration.kinds import number
from tests.support import documents, warm
from tests.support.documents import PROJECT, with_part

PAGE = "Before.\n<!-- prices: written by make format -->\nold\n<!-- end of prices -->\nAfter.\n"


@pytest.mark.parametrize("path", documents.documents(), ids=lambda path: path.name)
def test_what_repeats_the_code_is_current(path):
    assert path.read_text() == documents.documents()[path], "Run make format: it writes this file."


def test_writing_it_again_changes_nothing(tmp_path):
    done = warm.run(["-m", "tests.support.write_documents"], {**os.environ, "DATA_DIR": str(tmp_path)})

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_new_row_is_written_into_both_lists_of_settings(monkeypatch):
    row = variables.Variable("MAX_CHUNK_CHARS", number(100, 10_000), "1000", "The longest chunk.")
    monkeypatch.setitem(variables.SECTIONS, "New", (row,))
    monkeypatch.setitem(variables.VARIABLES, row.name, row)

    written = documents.documents()

    assert "# The longest chunk. From 100 to 10000.\n#MAX_CHUNK_CHARS=1000\n" in written[PROJECT / ".env.example"]
    assert "| `MAX_CHUNK_CHARS` | 1000 | The longest chunk. From 100" in written[PROJECT / "docs" / "operations.md"]


def test_a_new_kind_of_file_is_named_wherever_kinds_are(monkeypatch):
    monkeypatch.setattr(registry, "KINDS", (Kind("rtf", "application/rtf", "rich_text", (".rtf",)), *registry.KINDS))

    assert "\nIt reads RTF, PDF, Word, " in documents.documents()[PROJECT / "README.md"]
    assert "Upload RTF, PDF, Word, " in str(binary_file())


def test_only_what_is_between_the_markers_is_written():
    written = with_part(PAGE, "prices", "new")

    assert written == PAGE.replace("old", "\nnew\n")


@pytest.mark.parametrize("page", ["", "<!-- prices: written by make format -->\nold\n"])
def test_a_page_without_its_markers_is_not_overwritten(page):
    with pytest.raises(ValueError, match="prices"):
        with_part(page, "prices", "new")


def test_a_new_chore_is_on_the_list_of_what_the_worker_does(monkeypatch, tmp_path):
    room = tmp_path / "fltr_project" / "run"
    room.mkdir(parents=True)
    (room / "background.py").write_text('CHORES = (Chore("queue", count, "%s jobs wait.", nightly=True),)')
    monkeypatch.setattr(documents, "PROJECT", tmp_path)

    assert documents.chores_table().splitlines()[-1] == "| queue | by night | … jobs wait. |"


GUARANTEES = (PROJECT / "docs/guarantees.md").read_text()
PROMISES = [
    line for line in GUARANTEES.splitlines() if line.startswith("| ") and not line.startswith(("| promise", "| what"))
]


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise[2:60])
def test_a_promise_has_a_command_that_shows_it_or_says_that_none_could(promise):
    shown_by = promise.rstrip("| ").rpartition(" | ")[2]

    assert re.findall(r"`(?:make|\.venv/bin/python manage\.py) [a-z_]+", shown_by) or shown_by.startswith("not tried")


def test_what_shows_a_promise_is_there():
    tests = re.findall(r"ARGS=\"?([\w/.]+)", GUARANTEES)

    assert [path for path in tests if not (PROJECT / path).exists()] == []
