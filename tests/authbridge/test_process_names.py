"""A process is taken for dead only by one that could see it alive."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from authbridge.shared import process_names
from authbridge.shared.process_names import is_known_dead, own_name, own_place

ROOT = Path(__file__).parents[2]
SAY_NAME = (
    "from authbridge.shared.process_names import own_name; import sys; print(own_name(), flush=True); sys.stdin.read()"
)
APART = ["unshare", "--pid", "--fork", "--mount-proc"]


@pytest.fixture
def elsewhere(monkeypatch):
    """Say `elsewhere(what, path)` to have what names this place be read from another file."""

    def move(what: str, path: Path) -> None:
        monkeypatch.setattr(process_names, what, path)
        own_place.cache_clear()

    yield move
    monkeypatch.undo()
    own_place.cache_clear()


def start(*prefix: str) -> tuple[subprocess.Popen[str], str]:
    """Start a process, and return it with the name it gives itself."""
    command = [*prefix, sys.executable, "-c", SAY_NAME]
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    return process, process.stdout.readline().strip()


def may_have_a_namespace() -> bool:
    """Tell whether PID namespaces can be made here."""
    return shutil.which("unshare") is not None and subprocess.run([*APART, "true"], capture_output=True).returncode == 0


def test_a_running_process_is_not_dead():
    assert not is_known_dead(own_name())


def test_a_process_that_has_ended_is_dead():
    process, name = start()
    assert not is_known_dead(name)

    process.communicate()

    assert is_known_dead(name)


def test_one_that_has_ended_is_dead_before_its_parent_has_asked():
    process, name = start()

    process.kill()
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)

    assert is_known_dead(name)
    process.communicate()


def test_a_later_process_of_the_same_id_does_not_stand_for_an_earlier_one():
    place, pid, begun = own_name().split("/")

    assert is_known_dead(f"{place}/{pid}/{int(begun) - 1}")


@pytest.mark.parametrize("name", ["", "worker", "host/12", "host/12/", f"somewhere/{os.getpid()}/1", "host/1/2/x"])
def test_of_strange_names_nothing_is_known(name):
    assert not is_known_dead(name)


@pytest.mark.skipif(not may_have_a_namespace(), reason="PID namespaces cannot be made here")
def test_a_process_of_another_container_is_not_taken_for_dead():
    process, name = start(*APART)

    try:
        assert not is_known_dead(name)
    finally:
        process.communicate()


def test_a_process_of_another_pid_namespace_has_another_place(elsewhere, tmp_path):
    here = own_place()
    (tmp_path / "pid").symlink_to("pid:[1]")

    elsewhere("PID_NAMESPACE", tmp_path / "pid")

    assert own_place() != here


def test_what_ran_before_the_last_boot_has_another_place(elsewhere, tmp_path):
    here = own_place()
    (tmp_path / "boot_id").write_text("0b00d1d5-0000-4000-8000-000000000000\n")

    elsewhere("BOOT_ID", tmp_path / "boot_id")

    assert own_place() != here


def test_without_proc_only_a_missing_process_is_dead(elsewhere, tmp_path, monkeypatch):
    elsewhere("BOOT_ID", tmp_path / "missing")
    monkeypatch.setattr(process_names, "start_in_proc", lambda pid: process_names.UNSEEN)
    process, name = start()
    name = f"{own_place()}/{process.pid}/{process_names.UNSEEN}"

    assert not is_known_dead(name)
    process.communicate()
    assert is_known_dead(name)


def test_a_process_that_proc_hides_is_not_taken_for_dead(monkeypatch):
    name = own_name()

    monkeypatch.setattr(process_names, "start_in_proc", lambda pid: process_names.UNSEEN)

    assert not is_known_dead(name)
