"""Disks that are full, and files that can only be read."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def only_readable(path: Path) -> Iterator[None]:
    """Have a file that nobody can write, not even root, for whom modes are no bounds."""
    if os.geteuid():
        path.chmod(0o444)
        yield
        path.chmod(0o644)
        return
    _run("chattr", "+i", path)
    try:
        yield
    finally:
        _run("chattr", "-i", path)


def _run(*command: str | Path) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.skip(f"needs {command[0]}")
    if done.returncode:
        pytest.skip(f"needs a machine that lets us {command[0]}: {done.stderr.strip()}")
