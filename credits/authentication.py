"""DRF's authentication class for API keys."""

import re

from rest_framework.request import Request

from authbridge.authentication import API_KEY_PREFIX, Authenticated, BearerChallenge, bearer_credential
from authbridge.callers import Caller
from credits.errors import InvalidApiKey
from credits.selectors import find_user_by_api_key
from credits.services import note_use

WELL_FORMED = re.compile(rf"{API_KEY_PREFIX}[A-Za-z0-9_-]{{16,128}}")


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
        return Caller(user=user, method="api_key", expires_at=expires_at, key=key), "api_key"
