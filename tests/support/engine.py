"""A real vector engine for tests, in a folder with a path short enough for its socket."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from datasets.indexing.vector_store.engine import Engine

PROJECT = Path(__file__).parents[2]
LAUNCHER = """
import sys, time
from pathlib import Path
from datasets.indexing.vector_store.engine import Engine

engine = Engine(Path(sys.argv[1]))
engine.start()
engine.wait_ready(30)
print(engine.pid, flush=True)
time.sleep(600)
"""


@contextmanager
def running_engine(data_dir: Path | None = None) -> Iterator[Engine]:
    """Start an engine, in a temporary folder unless one is given, and stop it in the end."""
    with short_folder() as folder:
        engine = Engine(data_dir or folder)
        engine.start()
        try:
            engine.wait_ready(30)
            yield engine
        finally:
            engine.stop()


@contextmanager
def short_folder() -> Iterator[Path]:
    """Make a temporary folder whose path leaves room for a socket's name, and remove it in the end."""
    with tempfile.TemporaryDirectory(prefix="fltr-test-", dir="/tmp", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def wait_until(condition: Callable[[], bool], timeout_s: float = 30.0) -> None:
    """Return as soon as the condition holds; fail if it never does."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "What was waited for did not happen."
        time.sleep(0.02)


def is_running(pid: int) -> bool:
    """Is there such a process, and is it more than an entry that nobody has collected yet?"""
    return process_state(pid) not in ("", "Z")


def suspend(pid: int) -> None:
    """Make a process hang until it is sent SIGCONT."""
    os.kill(pid, signal.SIGSTOP)
    wait_until(lambda: process_state(pid) == "T")


def process_state(pid: int) -> str:
    """Return the letter that `ps` shows for a process, nothing if there is none."""
    listing = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return listing.stdout.strip()[:1]


@contextmanager
def launcher_elsewhere(data_dir: Path) -> Iterator[tuple[int, int]]:
    """Have another process launch the engine and wait; give the ids of launcher and engine."""
    command = [sys.executable, "-c", LAUNCHER, str(data_dir)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=PROJECT) as process:
        assert process.stdout is not None
        engine_pid = int(process.stdout.readline())
        try:
            yield process.pid, engine_pid
        finally:
            process.kill()
            wait_until(lambda: not is_running(engine_pid))
