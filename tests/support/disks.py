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


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[Path]:
    """Give a folder on a file system of its own of that size."""
    folder.mkdir(parents=True, exist_ok=True)
    _run("mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=0700", "fltr-test", folder)
    try:
        yield folder
    finally:
        _run("umount", "--lazy", folder)


def fill(folder: Path, *, leave_kb: int = 0) -> Path:
    """Fill the disk of a folder, but for so much; return the file whose removal makes room again."""
    path = folder / "filling"
    with open(path, "ab", buffering=0) as file:
        try:
            while True:
                file.write(b"x" * 4096)
        except OSError:
            os.truncate(path, max(0, file.tell() - leave_kb * 1024))
    return path


def _run(*command: str | Path) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.skip(f"needs {command[0]}")
    if done.returncode:
        pytest.skip(f"needs a machine that lets us {command[0]}: {done.stderr.strip()}")
