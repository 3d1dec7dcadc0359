"""Being told to stop, by any number of signals at any moment."""

import os
import select
import signal
from contextlib import suppress


class StopSignal:
    """Whether one of these signals has come. Its handler only writes to a pipe.

    What a handler interrupts may hold any lock, that of an Event too, which a second signal would wait for for ever.
    """

    def __init__(self, *signals: int) -> None:
        self._reads, self._writes = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        for each in signals:
            signal.signal(each, self._note)

    def _note(self, *_: object) -> None:
        # A pipe that is full has said it often enough.
        with suppress(BlockingIOError):
            os.write(self._writes, b"!")

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait for it, at most so long; tell whether it has come, also before."""
        return bool(select.select([self._reads], [], [], timeout_s)[0])
