"""Domain errors: the base of every room's, and those of this one."""

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


class AuthenticationError(DomainError):
    """A credential is missing or bad."""

    code = "invalid_token"
    message = "This token is not valid. Sign in again and use the new token."


class SessionExpired(AuthenticationError):
    """The session is known but past its end."""

    code = "session_expired"
    message = "This session has expired. Sign in again."


class UntrustedOrigin(DomainError):
    """A cookie came with an unsafe method from a page we do not trust."""

    code = "permission_denied"
    message = "Requests by cookie need an Origin header that is listed in TRUSTED_ORIGINS."


class UserNotFound(DomainError):
    """No such user in the user database."""

    code = "user_not_found"
    message = "There is no user with this id."
