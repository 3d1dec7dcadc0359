"""Extraction in a child process: files come from strangers, and the parsers of their formats are written in C.

The child has a time-out, a limit of memory, none of our secrets in its environment, and ends with us.
"""

import json
import logging
import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from datasets.extraction.base import Extraction, ExtractionError, PageSpan
from datasets.extraction.guard import extraction_crashed, too_much_memory

logger = logging.getLogger(__name__)

_PROJECT_ROOT = Path(__file__).resolve().parents[2]
_PASSED_ON = ("PATH", "LD_LIBRARY_PATH", "LANG", "LC_ALL", "TMPDIR", "VIRTUAL_ENV", "SYSTEMROOT")


def extract_safely(path: Path, filename: str, *, timeout_s: float = 120, memory_mb: int = 2048) -> Extraction:
    """Turn a file into text in a process of its own; callable from threads.

    Besides what `extract` raises: `too_slow`, `too_much_memory` and `extraction_crashed`.
    """
    job = {
        "path": str(path.resolve(strict=True)),
        "filename": filename,
        "parent": os.getpid(),
        "cpu_s": int(timeout_s) + 1,
        "memory_bytes": memory_mb * 1024 * 1024,
    }
    answer, exit_code = _run_child(json.dumps(job).encode(), timeout_s)
    header, newline, text = answer.partition(b"\n")
    if exit_code != 0 or not newline:
        raise _explain_death(exit_code)
    return _read_answer(json.loads(header), text)


def _run_child(job: bytes, timeout_s: float) -> tuple[bytes, int]:
    with subprocess.Popen(
        [sys.executable, "-m", "datasets.extraction"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=_PROJECT_ROOT,
        env=_bare_environment(),
        start_new_session=True,
    ) as child:
        try:
            answer, _ = child.communicate(job, timeout=timeout_s)
            return answer, child.returncode
        except subprocess.TimeoutExpired as error:
            raise _too_slow() from error
        finally:
            _kill(child)


def _kill(child: "subprocess.Popen[bytes]") -> None:
    """End the child and all it may have started, on whatever way we leave it."""
    if child.poll() is None:
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)


def _bare_environment() -> dict[str, str]:
    kept = {name: value for name in _PASSED_ON if (value := os.environ.get(name)) is not None}
    return kept | {"PYTHONPATH": str(_PROJECT_ROOT), "PYTHONUTF8": "1"}


def _read_answer(header: dict[str, Any], text: bytes) -> Extraction:
    if "error" in header:
        if header["cause"]:
            logger.warning("A file could not be read: %s", header["cause"])
        raise ExtractionError(*header["error"])
    pages = tuple(PageSpan(**page) for page in header.pop("pages"))
    return Extraction(text=text.decode(), pages=pages, **header)


def _explain_death(exit_code: int) -> ExtractionError:
    """Tell why a child left without an answer; SIGKILL is what the kernel sends when memory runs out."""
    if exit_code == -signal.SIGXCPU:
        return _too_slow()
    if exit_code == -signal.SIGKILL:
        return too_much_memory()
    return extraction_crashed()


def _too_slow() -> ExtractionError:
    return ExtractionError("too_slow", "Reading the file takes too long. Split it into parts.")
