"""Advisory locks between processes, which the kernel frees however their holder ends."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_POLL_S = 0.01


def take_flock(handle: int, timeout_s: float) -> bool:
    """Lock an open file or folder exclusively; False if another handle holds it all that time.

    Two handles exclude each other also within one process, so threads may rely on it, too.
    """
    deadline = time.monotonic() + timeout_s
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            if time.monotonic() >= deadline:
                return False
        time.sleep(_POLL_S)


@contextmanager
def folder_lock(folder: Path, timeout_s: float) -> Iterator[None]:
    """Hold a folder's lock; TimeoutError if it stays taken, FileNotFoundError if there is no such folder."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        if not take_flock(handle, timeout_s):
            raise TimeoutError(f"{folder} stayed locked for {timeout_s} s.")
        yield
    finally:
        # Said explicitly: closing frees nothing while a child that was forked meanwhile has the handle, too.
        fcntl.flock(handle, fcntl.LOCK_UN)
        os.close(handle)
