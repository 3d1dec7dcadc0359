"""The child process of `sandbox`: reads one job from standard input, writes the text to standard output.

The answer is one line of JSON, then the text in UTF-8. Limits are set here rather than in the parent, which has threads
and so cannot run anything between fork and exec.
"""

import ctypes
import json
import os
import resource
import signal
import sys
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO

from datasets.extraction.base import ExtractionError
from datasets.extraction.extracting import extract
from datasets.extraction.guard import too_much_memory

_PR_SET_PDEATHSIG = 1
_CAUSE_CHARS = 200  # Enough to find a fault of ours by in the log.


def main() -> None:
    """Do one job under its limits."""
    job = json.load(sys.stdin)
    answers = _keep_standard_output_clean()
    _die_with_parent(job["parent"])
    _limit_resources(job["cpu_s"], job["memory_bytes"])
    # Without NumPy, openpyxl starts faster and in far less address space.
    sys.modules["numpy"] = None  # type: ignore[assignment]
    header, text = _answer(Path(job["path"]), job["filename"])
    answers.write(json.dumps(header).encode() + b"\n")
    answers.write(text)
    answers.close()


def _answer(path: Path, filename: str) -> tuple[dict[str, Any], bytes]:
    try:
        extraction = extract(path, filename)
        header = asdict(extraction)
        return header, header.pop("text").encode()
    except ExtractionError as caught:
        error = caught
    except MemoryError:  # While a library was imported, or the text encoded.
        error = too_much_memory()
    cause = f"{type(error.__cause__).__name__}: {error.__cause__}"[:_CAUSE_CHARS] if error.__cause__ else ""
    return {"error": [error.code, error.message], "cause": cause}, b""


def _keep_standard_output_clean() -> BinaryIO:
    """Send whatever libraries print elsewhere, and keep the real output for the answer."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return answers


def _die_with_parent(parent: int) -> None:
    """Ask Linux to kill us with the parent; on other systems the limits alone must do."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit("The parent is gone.")


def _limit_resources(cpu_s: int, memory_bytes: int) -> None:
    for limit, value in ((resource.RLIMIT_CORE, 0), (resource.RLIMIT_CPU, cpu_s), (resource.RLIMIT_AS, memory_bytes)):
        _, hard = resource.getrlimit(limit)
        lowest = value if hard == resource.RLIM_INFINITY else min(value, hard)
        with suppress(ValueError, OSError):  # macOS refuses to limit the address space.
            resource.setrlimit(limit, (lowest, lowest))


if __name__ == "__main__":
    main()
