"""What the log says of answers that failed: a line for an outage, a traceback only for what nobody foresaw."""

import logging
from typing import Any

from authbridge.shared.complaints import Complaints, as_count

logger = logging.getLogger(__name__)

LONGEST_REASON = 300
bugs, outages = Complaints(every_s=1.0), Complaints(every_s=30.0)


def complain(route: str, status: int, error: BaseException) -> None:
    """Log an answer of 500 or more."""
    reason = reason_of(error)
    left_out = (outages if status == 503 else bugs).left_out_before(reason)
    if left_out is None:
        return
    if status == 503:
        logger.warning("%s failed: %s%s", route, reason, as_count(left_out))
    else:
        logger.error("%s failed: %s%s", route, reason, as_count(left_out), exc_info=error)


def reason_of(error: BaseException) -> str:
    """Return what went wrong in one line: the cause, where one is known."""
    cause: Any = error.__cause__ or error
    first_line = (str(cause).strip() or str(error).strip()).partition("\n")[0]
    return f"{type(cause).__name__}: {first_line}"[:LONGEST_REASON] if first_line else type(cause).__name__
