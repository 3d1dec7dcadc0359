"""DRF's authentication classes for the credentials of Better Auth and of the site itself."""

import hmac
import uuid
from typing import Any

from django.conf import settings
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from authbridge import tokens
from authbridge.errors import AuthenticationError, UntrustedOrigin
from authbridge.selectors import find_live_session
from authbridge.services.sessions import cookie_names, read_token
from authbridge.shared.callers import API_KEY_PREFIX, Caller, Service, UserRow

SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
Authenticated = tuple[Any, str]


def bearer_credential(request: Request) -> str | None:
    """Return what follows `Bearer`, or None without the header; another scheme is a bad credential."""
    header = request.META.get("HTTP_AUTHORIZATION")
    if header is None:
        return None
    scheme, _, credential = header.strip().partition(" ")
    if scheme.lower() != "bearer" or not credential.strip():
        raise AuthenticationError("Write the header as Authorization: Bearer <token or API key>.")
    return credential.strip()


class BearerChallenge(BaseAuthentication):
    """Answers 401 with the scheme this API understands."""

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="fltr"'


class SessionTokenAuthentication(BearerChallenge):
    """`Authorization: Bearer <session token>`, raw or signed."""

    def authenticate(self, request: Request) -> Authenticated | None:
        """Return the caller, or None when the header is absent or bears an API key."""
        credential = bearer_credential(request)
        if credential is None or credential.startswith(API_KEY_PREFIX):
            return None
        return session_caller(read_token(credential)), "session"


class SessionCookieAuthentication(BearerChallenge):
    """Better Auth's own cookie, always signed; unsafe methods need an origin we trust."""

    def authenticate(self, request: Request) -> Authenticated | None:
        """Return the caller, or None without the cookie or beside an explicit credential."""
        value = session_cookie(request)
        if value is None or "HTTP_AUTHORIZATION" in request.META or "HTTP_X_API_KEY" in request.META:
            return None
        token = tokens.read_bearer(value, secret=settings.BETTER_AUTH_SECRET, require_signed=True)
        caller = session_caller(token)
        if request.method not in SAFE_METHODS and request.META.get("HTTP_ORIGIN") not in settings.TRUSTED_ORIGINS:
            raise UntrustedOrigin
        return caller, "cookie"


class ServiceSecretAuthentication(BearerChallenge):
    """`X-Webhook-Secret`, for the calls that only the site may make."""

    def authenticate(self, request: Request) -> Authenticated | None:
        """Return the service; without a configured secret nobody is."""
        given = request.META.get("HTTP_X_WEBHOOK_SECRET")
        if given is None:
            return None
        secret = settings.INTERNAL_WEBHOOK_SECRET
        if not secret or not hmac.compare_digest(given.encode(), secret.encode()):
            raise AuthenticationError("This webhook secret is not valid.")
        return Service(), "service"


def session_cookie(request: Request) -> str | None:
    """Return the session cookie under its https name or its plain one."""
    plain, secure = cookie_names()
    return request.COOKIES.get(secure) or request.COOKIES.get(plain)


def session_caller(token: str) -> Caller:
    """Look a raw token up."""
    user, expires_at = find_live_session(token)
    return Caller(user=who_can_own(user), method="session", expires_at=expires_at)


def who_can_own(user: UserRow) -> UserRow:
    """Return a user, unless the site gave them an id under which nobody can own anything here."""
    if not isinstance(user.id, uuid.UUID):
        raise AuthenticationError("The id of this account is no UUID in lower case, and others own nothing here.")
    return user
