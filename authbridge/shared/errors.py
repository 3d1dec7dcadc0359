"""Domain errors that every room raises; each room has its own besides."""

from typing import Any


class DomainError(Exception):
    """Something a caller can act on. `code` is what clients branch on; the message is a sentence for people."""

    code = "error"
    message = "The request could not be done."

    def __init__(self, message: str | None = None, *, code: str | None = None, **details: Any) -> None:
        self.message = message or self.message
        self.code = code or self.code
        self.details = details
        super().__init__(self.message)


class Conflict(DomainError):
    """The state of things does not allow it."""

    code = "conflict"
    message = "The state of this resource does not allow this."


class TryAgain(Conflict):
    """Nothing is wrong with the request, but it must be sent once more."""

    def __init__(self) -> None:
        super().__init__(retry_after=1)


class StillRunning(TryAgain):
    """An equal request is not finished yet."""

    message = "The same request is still running. Try again in a moment."


class InvalidInput(DomainError):
    """A field is not what it should be; `details` names it."""

    code = "invalid_request"

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.details = {field: [message]}


class DatabaseNotReady(Exception):
    """A database cannot be used; the message says which, why and what to do."""


def first_line(error: BaseException) -> str:
    """Return what an error says, without the details that follow."""
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
