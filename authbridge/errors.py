"""Domain errors about who is calling."""

from authbridge.shared.errors import DomainError


class AuthenticationError(DomainError):
    """A credential is missing or bad."""

    code = "invalid_token"
    message = "This token is not valid. Sign in again and use the new token."


class SessionExpired(AuthenticationError):
    """The session is known but past its end."""

    code = "session_expired"
    message = "This session has expired. Sign in again."


class TooManyAttempts(DomainError):
    """One more bad credential, of too many."""

    code = "too_many_attempts"
    message = "Too many bad credentials came from here. Wait before you try again; a good one is taken at once."


class UntrustedOrigin(DomainError):
    """A cookie came with an unsafe method from a page we do not trust."""

    code = "permission_denied"
    message = "Requests by cookie need an Origin header that is listed in TRUSTED_ORIGINS."


class UserNotFound(DomainError):
    """No such user in the user database."""

    code = "user_not_found"
    message = "There is no user with this id."
