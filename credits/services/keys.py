"""API keys: make, change, rotate, revoke."""

import secrets
import string
from datetime import UTC, datetime, timedelta

from django.db.models import Q

from authbridge.authentication import API_KEY_PREFIX
from credits.errors import ApiKeyNotFound
from credits.models import ApiKeyCredits
from credits.selectors import KeyRow, hash_key

USE_NOTED_EVERY = timedelta(minutes=1)
SECRET_LENGTH = 43
SHOWN_PREFIX_LENGTH = len(API_KEY_PREFIX) + 6
ALPHABET = string.ascii_letters + string.digits


def create_api_key(*, user_id: str, name: str, expires_at: datetime | None = None) -> tuple[ApiKeyCredits, str]:
    """Make a key; its secret is returned once and kept only as a hash."""
    secret = API_KEY_PREFIX + "".join(secrets.choice(ALPHABET) for _ in range(SECRET_LENGTH))
    now = datetime.now(UTC)
    key = ApiKeyCredits.objects.create(
        api_key=hash_key(secret),
        user_id=user_id,
        name=name,
        prefix=secret[:SHOWN_PREFIX_LENGTH],
        expires_at=expires_at,
        created_at=now,
        updated_at=now,
    )
    return key, secret


def revoke_api_key(*, user_id: str, key_id: str) -> None:
    """End a key at once; its row stays. Revoking again changes nothing."""
    now = datetime.now(UTC)
    keys = ApiKeyCredits.objects.filter(id=key_id, user_id=user_id)
    if not keys.filter(revoked_at=None).update(revoked_at=now, updated_at=now) and not keys.exists():
        raise ApiKeyNotFound


def note_use(key: KeyRow) -> None:
    """Keep `last_used_at` to the minute: one write a minute and key, however many calls."""
    now = datetime.now(UTC)
    if key.last_used_at is None or key.last_used_at < now - USE_NOTED_EVERY:
        stale = Q(last_used_at=None) | Q(last_used_at__lt=now - USE_NOTED_EVERY)
        ApiKeyCredits.objects.filter(stale, id=key.id).update(last_used_at=now)
