"""Every line of the log says which request or job it was written for."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_written_for: ContextVar[str] = ContextVar("written_for", default="")


@contextmanager
def written_for(what: str) -> Iterator[None]:
    """Have the lines of this block say what they were written for, like `request 4711`."""
    token = _written_for.set(what)
    try:
        yield
    finally:
        _written_for.reset(token)


class SayWhatFor(logging.Filter):
    """Gives records the attribute `written_for`."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record through."""
        record.__dict__["written_for"] = _written_for.get()
        return True


class TextFormatter(logging.Formatter):
    """Lines for people: what a message was written for stands at its end, before any traceback."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # As logging has it.
        """Write the first line."""
        line = super().formatMessage(record)
        what = record.__dict__.get("written_for")
        return f"{line} ({what})" if what else line
