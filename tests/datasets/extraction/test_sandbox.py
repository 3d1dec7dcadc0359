"""Extraction in a child process: the same text, and no way for a file to take us down."""

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from datasets.extraction import ExtractionError, extract, sandbox
from datasets.extraction.sandbox import extract_safely
from tests.datasets.extraction.conftest import Written
from tests.datasets.extraction.files import paragraph, pdf_file, word_file, workbook_file
from tests.support.engine import is_running

# The parser's time grows with the square of the depth: minutes, for this.
ENDLESS = "<div>" * 200_000 + "deep"
DEADLINE_S = 20


def refusal(path: Path, filename: str, **limits: float) -> str:
    with pytest.raises(ExtractionError) as caught:
        extract_safely(path, filename, **limits)
    return caught.value.code


def fake_python(tmp_path: Path, script: str) -> str:
    """Make something that is started in place of the child."""
    path = tmp_path / "python"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return str(path)


@pytest.mark.parametrize(
    ("content", "filename"),
    [
        (pdf_file("One", "Two", title="Title"), "a.pdf"),
        (word_file(paragraph("déjà 👋🏽")), "a.docx"),
        (workbook_file('<row r="1"><c r="A1"><v>5</v></c></row>'), "a.xlsx"),
        ("# Title\n\nText", "\ud800名前.md"),
    ],
)
def test_the_child_answers_what_extract_would(write: Written, content: bytes | str, filename: str) -> None:
    path = write(content)

    assert extract_safely(path, filename) == extract(path, filename)


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"", "empty_document"), (bytes(100), "unsupported_media_type"), (pdf_file("")[:100] + b"%", "damaged_file")],
)
def test_the_child_refuses_what_extract_would(write: Written, content: bytes, code: str) -> None:
    assert refusal(write(content), "a.pdf") == code


def test_a_file_that_takes_too_long_is_given_up(write: Written) -> None:
    assert refusal(write(ENDLESS), "a.html", timeout_s=1) == "too_slow"


def test_a_child_that_was_stopped_is_given_up(write: Written, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stopped = tmp_path / "stopped"
    monkeypatch.setattr(sandbox.sys, "executable", fake_python(tmp_path, f"echo $$ > {stopped}; kill -STOP $$"))

    assert refusal(write("text"), "a.txt", timeout_s=1) == "too_slow"
    assert not is_running(int(stopped.read_text()))


def test_a_file_that_takes_too_much_memory_is_given_up(write: Written) -> None:
    assert refusal(write("text " * 10_000_000), "a.txt", memory_mb=64) == "too_much_memory"


@pytest.mark.parametrize(
    ("script", "code"),
    [
        ("kill -SEGV $$", "extraction_crashed"),
        ("kill -ABRT $$", "extraction_crashed"),
        ("kill -KILL $$", "too_much_memory"),
        ("kill -XCPU $$", "too_slow"),
        ("exit 1", "extraction_crashed"),
        ("exit 0", "extraction_crashed"),
    ],
)
def test_a_child_that_dies_is_an_error_of_its_file(
    write: Written, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, code: str
) -> None:
    monkeypatch.setattr(sandbox.sys, "executable", fake_python(tmp_path, script))

    assert refusal(write("text"), "a.txt") == code


def test_a_missing_file_is_not_the_uploaders_fault(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        extract_safely(tmp_path / "gone", "gone.txt")


def test_it_runs_in_threads_and_from_any_folder(
    write: Written, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(pdf_file("Text"))
    monkeypatch.chdir(tmp_path)

    with ThreadPoolExecutor(4) as pool:
        texts = list(pool.map(lambda _: extract_safely(Path(path.name), "a.pdf").text, range(8)))

    assert texts == ["Text"] * 8


def test_the_child_knows_none_of_our_secrets(write: Written, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "do not tell")
    seen = tmp_path / "seen"
    monkeypatch.setattr(sandbox.sys, "executable", fake_python(tmp_path, f"env > {seen}"))

    refusal(write("text"), "a.txt")

    assert "PYTHONPATH" in seen.read_text()
    assert "do not tell" not in seen.read_text()


def test_what_a_given_up_child_started_is_ended_with_it(
    write: Written, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = tmp_path / "started"
    script = f"sleep 600 & echo $! > {started}; sleep 600"
    monkeypatch.setattr(sandbox.sys, "executable", fake_python(tmp_path, script))

    assert refusal(write("text"), "a.txt", timeout_s=1) == "too_slow"

    assert has_ended(int(started.read_text()))


@pytest.mark.skipif(sys.platform != "linux", reason="Only Linux ends a child with its parent.")
def test_the_child_dies_with_its_parent(write: Written) -> None:
    program = (
        "import sys; from pathlib import Path; from datasets.extraction.sandbox import extract_safely;"
        "extract_safely(Path(sys.argv[1]), 'a.html')"
    )
    with subprocess.Popen([sys.executable, "-c", program, str(write(ENDLESS))]) as parent:
        child = child_of(parent.pid)
        parent.send_signal(signal.SIGKILL)

    assert has_ended(child)


def child_of(pid: int) -> int:
    """Wait for a process to have a child that has begun to read its file."""
    children = Path(f"/proc/{pid}/task/{pid}/children")
    deadline = time.monotonic() + DEADLINE_S
    while time.monotonic() < deadline:
        for child in children.read_text().split():
            if "selectolax" in Path(f"/proc/{child}/maps").read_text():
                return int(child)
        time.sleep(0.02)
    return pytest.fail("The child did not start.")


def has_ended(pid: int) -> bool:
    """Wait for a process to be gone, or to be a zombie that nobody has asked for yet."""
    deadline = time.monotonic() + DEADLINE_S
    while time.monotonic() < deadline:
        try:
            os.kill(pid, 0)
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except (ProcessLookupError, FileNotFoundError):
            return True
        if state == "Z":
            return True
        time.sleep(0.02)
    return False
