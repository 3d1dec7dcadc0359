"""Saying the same thing seldom, and then how often it was left out: an outage is not a line for everybody."""

import threading
import time

REMEMBERED_S = 60.0


class Complaints:
    """Says each reason at most once in a time."""

    def __init__(self, every_s: float) -> None:
        self._every_s = every_s
        self._lock = threading.Lock()
        # When each reason was last said, and how often it came since.
        self._said: dict[str, tuple[float, int]] = {}

    def left_out_before(self, reason: str) -> int | None:
        """Return how often a reason was left out since it was last said, if it is to be said now, else None."""
        now = time.monotonic()
        with self._lock:
            said_at, left_out = self._said.get(reason, (-self._every_s, 0))
            if now - said_at < self._every_s:
                self._said[reason] = (said_at, left_out + 1)
                return None
            self._said = {kept: entry for kept, entry in self._said.items() if now - entry[0] < REMEMBERED_S}
            self._said[reason] = (now, 0)
            return left_out


def as_count(left_out: int) -> str:
    """Say how often the same was not said."""
    return f", and {left_out} times more before" if left_out else ""
