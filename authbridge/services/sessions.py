"""Sessions as people carry them: a token that is sent or pasted, and a browser's cookie."""

from django.conf import settings

from authbridge import tokens
from authbridge.selectors import find_live_session


def read_token(text: str) -> str:
    """Return the raw token of a bearer credential in a form that this service takes."""
    return tokens.read_bearer(
        text, secret=settings.BETTER_AUTH_SECRET, require_signed=settings.BETTER_AUTH_REQUIRE_SIGNED
    )


def live_token(text: str) -> str:
    """Return the raw token of a live session."""
    token = read_token(text)
    find_live_session(token)
    return token


def written_token(token: str) -> str:
    """Return a raw token in a form that this service takes."""
    return tokens.sign(token, settings.BETTER_AUTH_SECRET) if settings.BETTER_AUTH_REQUIRE_SIGNED else token


def cookie_names() -> tuple[str, str]:
    """Return the cookie's names over http and over https, as Better Auth chooses them."""
    name = f"{settings.BETTER_AUTH_COOKIE_PREFIX}.session_token"
    return name, f"__Secure-{name}"


def cookie_value(token: str) -> str:
    """Return what Better Auth puts into its cookie for a raw token."""
    return tokens.cookie_value(token, settings.BETTER_AUTH_SECRET)
