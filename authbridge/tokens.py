"""Better Auth's session tokens, raw and signed. Pure functions: no database, no request."""

import base64
import hashlib
import hmac
import re
from urllib.parse import quote, unquote

from authbridge.errors import AuthenticationError

# Better Auth makes 32 letters and digits; anything printable without a space or a dot could have been issued.
RAW_TOKEN = re.compile(r"[!-\-/-~]{1,255}")


def sign(token: str, secret: str) -> str:
    """Return the signed form, `token.signature`, before percent-encoding."""
    digest = hmac.new(secret.encode(), token.encode(), hashlib.sha256).digest()
    return f"{token}.{base64.b64encode(digest).decode()}"


def cookie_value(token: str, secret: str) -> str:
    """Return what Better Auth puts into its session cookie."""
    return quote(sign(token, secret), safe="")


def read_bearer(value: str, *, secret: str, require_signed: bool) -> str:
    """Return the raw token of a bearer credential, raw or signed, percent-encoded or not."""
    value = unquote(value)
    if "." in value:
        return verify(value, secret=secret)
    if require_signed:
        raise AuthenticationError("This service takes signed session tokens only (token.signature).")
    return well_formed(value)


def verify(value: str, *, secret: str) -> str:
    """Return the raw token of a signed one whose signature is right, compared in constant time."""
    token = well_formed(value.partition(".")[0])
    if not secret or not hmac.compare_digest(sign(token, secret).encode(), value.encode()):
        raise AuthenticationError("This token's signature is not valid.")
    return token


def well_formed(token: str) -> str:
    """Refuse what can never have been a token, before any database sees it."""
    if not RAW_TOKEN.fullmatch(token):
        raise AuthenticationError
    return token
