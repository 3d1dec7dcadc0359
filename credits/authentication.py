"""DRF's authentication classes: API keys, and sessions as this room sees them; newcomers get their welcome bonus."""

import re
from dataclasses import replace

from rest_framework.request import Request

from authbridge import authentication
from authbridge.authentication import Authenticated, BearerChallenge, bearer_credential, who_can_own
from authbridge.shared.callers import API_KEY_PREFIX, Caller
from credits.errors import InvalidApiKey
from credits.selectors import find_user_by_api_key
from credits.services import ensure_welcomed, note_use

WELL_FORMED = re.compile(rf"{API_KEY_PREFIX}[A-Za-z0-9_-]{{16,128}}")


class SessionTokenAuthentication(authentication.SessionTokenAuthentication):
    """`Authorization: Bearer <session token>`, raw or signed."""

    def authenticate(self, request: Request) -> Authenticated | None:
        return welcome(super().authenticate(request))


class SessionCookieAuthentication(authentication.SessionCookieAuthentication):
    """Better Auth's own cookie."""

    def authenticate(self, request: Request) -> Authenticated | None:
        return welcome(super().authenticate(request))


class ApiKeyAuthentication(BearerChallenge):
    """`Authorization: Bearer fltr_sk_…` or `X-API-Key: fltr_sk_…`."""

    def authenticate(self, request: Request) -> Authenticated | None:
        """Return the key's owner as caller, or None when no key was sent."""
        secret = bearer_credential(request) or request.META.get("HTTP_X_API_KEY")
        if secret is None:
            return None
        if not WELL_FORMED.fullmatch(secret):
            raise InvalidApiKey
        user, key, expires_at = find_user_by_api_key(secret)
        note_use(key)
        return welcome((Caller(user=who_can_own(user), method="api_key", expires_at=expires_at, key=key), "api_key"))


def welcome(found: Authenticated | None) -> Authenticated | None:
    """Give a caller the welcome bonus before anything looks at their balance, if they had none yet."""
    if found is None:
        return None
    caller, how = found
    given = ensure_welcomed(caller.user_id)
    return (replace(caller, user=replace(caller.user, credits=caller.user.credits + given)), how) if given else found
