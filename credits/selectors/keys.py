"""Reads of API keys."""

import hashlib
import json
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db.models import QuerySet

from authbridge.selectors import as_user_id, fetch_with_user, read_user
from authbridge.shared.callers import UserRow
from authbridge.shared.ids import require_uuid, stored_id
from authbridge.shared.model_fields import as_utc
from credits.errors import ApiKeyNotFound, InvalidApiKey
from credits.models import ApiKeyCredits
from credits.selectors.usage import spent_with_key


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A live API key as one query found it; `credits` is as of that query, None without a pool of its own."""

    id: uuid.UUID
    team_id: uuid.UUID | None
    credits: int | None
    daily_limit: int | None
    monthly_limit: int | None
    last_used_at: datetime | None
    scopes: frozenset[str] | None


KEY_COLUMNS = ("id", "team_id", "credits", "daily_limit", "monthly_limit", "last_used_at", "scopes")


def hash_key(secret: str) -> str:
    """Return what is kept of a key."""
    return hashlib.sha256(secret.encode()).hexdigest()


def find_user_by_api_key(secret: str) -> tuple[UserRow, KeyRow, datetime | None]:
    """Return a live key's owner, the key, and when it ends, in one query."""
    key_columns = ", ".join(f"k.{name}" for name in KEY_COLUMNS)
    row = fetch_with_user(
        f"SELECT k.revoked_at, k.expires_at, {key_columns}, {{user}} FROM api_key_credits k"
        f" JOIN users u ON u.id = {as_user_id('k.user_id')} WHERE k.api_key = %s",
        [hash_key(secret)],
    )
    if row is None or row[0] is not None:
        raise InvalidApiKey
    expires_at = as_utc(row[1])
    if expires_at is not None and expires_at <= datetime.now(UTC):
        raise InvalidApiKey
    return read_user(row[2 + len(KEY_COLUMNS) :]), read_key(row[2:]), expires_at


def read_key(row: tuple[Any, ...]) -> KeyRow:
    """Turn the columns of KEY_COLUMNS into a key. Raw SQL gives a JSON column as text, on both databases."""
    values: dict[str, Any] = dict(zip(KEY_COLUMNS, row, strict=False))
    scopes = json.loads(values["scopes"] or "null")
    values |= {
        "id": stored_id(values["id"]),
        "team_id": stored_id(values["team_id"]),
        "last_used_at": as_utc(values["last_used_at"]),
    }
    return KeyRow(**{**values, "scopes": None if scopes is None else frozenset(scopes)})


def keys_of(user_id: uuid.UUID) -> QuerySet[ApiKeyCredits]:
    """Return a person's keys, newest first, revoked ones too."""
    return ApiKeyCredits.objects.filter(user_id=user_id).order_by("-created_at", "id")


def find_key(user_id: uuid.UUID, key_id: Any) -> ApiKeyCredits:
    """Return a person's key; anybody else's is not found."""
    key = keys_of(user_id).filter(id=require_uuid(key_id, ApiKeyNotFound)).first()
    if key is None:
        raise ApiKeyNotFound
    return key


def key_balance(key: KeyRow) -> dict[str, int | None]:
    """Return a key's pool and limits, and what it used of them in this UTC day and month."""
    daily_used, monthly_used = spent_with_key(key.id)
    return {
        "credits": key.credits,
        "daily_limit": key.daily_limit,
        "daily_used": daily_used,
        "monthly_limit": key.monthly_limit,
        "monthly_used": monthly_used,
    }
