"""What the log says of answers that failed: a line for an outage, a traceback only for what nobody foresaw."""

import logging
import threading
import time
from typing import Any

logger = logging.getLogger(__name__)

SAME_REASON_EVERY_S = 1.0
REMEMBERED_S = 60.0
LONGEST_REASON = 300


class Complaints:
    """Says each reason at most once a second, and then how often it was left out."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        # When each reason was last said, and how often it came since.
        self._said: dict[str, tuple[float, int]] = {}

    def left_out_before(self, reason: str) -> int | None:
        """Return how often a reason was left out since it was last said, if it is to be said now, else None."""
        now = time.monotonic()
        with self._lock:
            said_at, left_out = self._said.get(reason, (-SAME_REASON_EVERY_S, 0))
            if now - said_at < SAME_REASON_EVERY_S:
                self._said[reason] = (said_at, left_out + 1)
                return None
            self._said = {kept: entry for kept, entry in self._said.items() if now - entry[0] < REMEMBERED_S}
            self._said[reason] = (now, 0)
            return left_out


complaints = Complaints()


def complain(route: str, status: int, error: BaseException) -> None:
    """Log an answer of 500 or more."""
    reason = reason_of(error)
    left_out = complaints.left_out_before(f"{status} {reason}")
    if left_out is None:
        return
    if status == 503:
        logger.warning("%s failed: %s%s", route, reason, as_count(left_out))
    else:
        logger.error("%s failed: %s%s", route, reason, as_count(left_out), exc_info=error)


def as_count(left_out: int) -> str:
    """Say how often the same was not said."""
    return f", and {left_out} times more before" if left_out else ""


def reason_of(error: BaseException) -> str:
    """Return what went wrong in one line: the cause, where one is known."""
    cause: Any = error.__cause__ or error
    first_line = (str(cause).strip() or str(error).strip()).partition("\n")[0]
    return f"{type(cause).__name__}: {first_line}"[:LONGEST_REASON] if first_line else type(cause).__name__
