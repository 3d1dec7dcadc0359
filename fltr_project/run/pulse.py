"""Is a part alive that has not ended? It answers, or its process beats into a pipe, which a frozen one does not.

Counted are looks in a row, not seconds: where everything was frozen at once, as on a laptop that slept, the clock has
jumped, but nobody has missed more than one look.
"""

import multiprocessing
import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection

BEAT_EVERY_S = 1.0
LOOK_EVERY_S = 3.0
# Half a minute: longer than a machine that swaps keeps anybody from a single answer.
MOST_MISSED = 10
# Before its first answer a part may be reading gigabytes.
MOST_MISSED_AT_START = 100
# Names the pipe to a process that was not forked from us.
PULSE_FD = "FLTR_PULSE_FD"


class Pulse:
    """A pipe into which a child, and whoever is started again in its place, beats."""

    def __init__(self) -> None:
        self._reads, self.writes = multiprocessing.Pipe(duplex=False)
        for end in (self._reads, self.writes):
            os.set_blocking(end.fileno(), False)

    def is_felt(self) -> bool:
        """Tell whether it has beaten since the last look."""
        felt = False
        with suppress(BlockingIOError):
            while os.read(self._reads.fileno(), 4096):
                felt = True
        return felt


class Watch:
    """Asks now and then whether a part answers, and says when it has been silent for too long."""

    def __init__(self, answers: Callable[[], bool]) -> None:
        self._answers = answers
        self.begin()

    def begin(self) -> None:
        """Look at a part that has just been started."""
        self._left, self._look_at = MOST_MISSED_AT_START, time.monotonic() + LOOK_EVERY_S

    def is_over(self) -> bool:
        """Tell whether it has not answered once in a row of looks; the next one looks afresh."""
        now = time.monotonic()
        if now < self._look_at:
            return False
        # From now, and not from when it was due, so that looks missed together are one.
        self._look_at = now + LOOK_EVERY_S
        self._left = MOST_MISSED if self._answers() else self._left - 1
        return self._left <= 0


def beat(pipe: Connection | int) -> None:
    """Beat once. Nobody may be listening any more, or not have listened for long."""
    with suppress(OSError):
        os.write(pipe if isinstance(pipe, int) else pipe.fileno(), b"!")


def keep_beating() -> None:
    """Beat from a thread, if a parent wants it."""
    if pipe := os.environ.pop(PULSE_FD, ""):
        threading.Thread(target=_beat_for_ever, args=[int(pipe)], name="pulse", daemon=True).start()


def _beat_for_ever(pipe: int) -> None:
    while True:
        beat(pipe)
        time.sleep(BEAT_EVERY_S)
