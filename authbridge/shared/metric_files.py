"""Files of counts, in pages that the disk has promised: writing into a page that it has no room for ends a process."""

import logging
import mmap
import os

from prometheus_client.mmap_dict import _INITIAL_MMAP_SIZE, MmapedDict

logger = logging.getLogger(__name__)

# What an entry takes besides its key, at most.
ENTRY_BYTES = 40


class PromisedDict(MmapedDict):
    """The library's file; where the disk has no room for it, the same in memory, which nobody else can read."""

    def __init__(self, filename: str, read_mode: bool = False) -> None:
        if read_mode or promise(filename, _INITIAL_MMAP_SIZE):
            super().__init__(filename, read_mode)
            return
        memory = in_memory()
        super().__init__(f"/proc/self/fd/{memory}")
        os.close(memory)

    def _init_value(self, key: str) -> None:
        if self._used + len(key.encode()) + ENTRY_BYTES > self._capacity:
            self._have_it_grow()
        super()._init_value(key)

    def _have_it_grow(self) -> None:
        if promise(self._f.fileno(), 2 * self._capacity):
            return
        memory = os.fdopen(in_memory(), "r+b")
        memory.write(self._m[:])
        memory.flush()
        self._f, self._m = memory, mmap.mmap(memory.fileno(), self._capacity)


def promise(file: str | int, size: int) -> bool:
    """Have the disk set so much aside for a file; False, and nothing of it left, if it has no room."""
    if not hasattr(os, "memfd_create"):
        return True
    try:
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o600) if isinstance(file, str) else os.dup(file)
        try:
            os.posix_fallocate(descriptor, 0, size)
        finally:
            os.close(descriptor)
    except OSError as error:
        logger.warning("What this process counts is left out of /metrics until it is started again: %s", error)
        if isinstance(file, str) and os.path.exists(file):
            os.unlink(file)
        return False
    return True


def in_memory() -> int:
    """Return a new file that has no disk."""
    return os.memfd_create("fltr-metrics")
