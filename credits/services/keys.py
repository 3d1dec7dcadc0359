"""API keys: make, change, rotate, revoke.

A key's row is locked before its pool is touched, so that whatever happens to one key happens in some order, and the
credits of its pool are either in it or back with its owner.
"""

import secrets
import string
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, TypedDict

from django.conf import settings
from django.db import DatabaseError, transaction
from django.db.models import Q

from authbridge.shared.callers import API_KEY_PREFIX
from authbridge.shared.errors import Conflict
from authbridge.shared.unwritable import has_no_room, takes_no_changes
from credits import ledger
from credits.accounts import key_account, user_account
from credits.arguments import FieldsOf, Filled, KeyId, ScopeName, TeamId, UserId, checked
from credits.errors import ApiKeyNotFound
from credits.models import ApiKeyCredits, AuditAction
from credits.selectors import KeyRow, find_key, find_team_of, hash_key, keys_of
from credits.services.audit import note_act
from credits.services.closing import close_pool

USE_NOTED_EVERY = timedelta(minutes=1)
SECRET_LENGTH = 43
SHOWN_PREFIX_LENGTH = len(API_KEY_PREFIX) + 6
ALPHABET = string.ascii_letters + string.digits
REVOKED = "This API key was revoked, which is for good. Make a new one."
ROTATED = "This API key was rotated or revoked at the same moment. Look at it again."


class KeyChanges(TypedDict, total=False):
    """What may be changed of a key; what is not there stays."""

    name: Filled
    credits: int | None
    daily_limit: int | None
    monthly_limit: int | None
    scopes: Sequence[ScopeName] | None
    expires_at: datetime | None


@checked
def create_api_key(
    *,
    user_id: UserId,
    name: Filled,
    operation_id: uuid.UUID | None = None,
    credits: int | None = None,
    team_id: TeamId | None = None,
    daily_limit: int | None = None,
    monthly_limit: int | None = None,
    scopes: Sequence[ScopeName] | None = None,
    expires_at: datetime | None = None,
) -> tuple[ApiKeyCredits, str | None]:
    """Make a key and, with `credits`, its own pool: both or nothing. The secret is kept only as a hash.

    The operation's id becomes the key's: a repeat finds what the first attempt made, and no secret any more.
    """
    key_id = operation_id or uuid.uuid4()
    if earlier := keys_of(user_id).filter(id=key_id).first():
        return earlier, None
    team = find_team_of(user_id, team_id) if team_id else None
    secret, now = new_secret(), datetime.now(UTC)
    with transaction.atomic(using=settings.AUTH_DB):
        key = ApiKeyCredits.objects.create(
            id=key_id,
            api_key=hash_key(secret),
            prefix=secret[:SHOWN_PREFIX_LENGTH],
            user_id=user_id,
            name=name,
            team_id=team.id if team else None,
            created_at=now,
            updated_at=now,
            daily_limit=daily_limit,
            monthly_limit=monthly_limit,
            scopes=scopes,
            expires_at=expires_at,
        )
        if credits is not None:
            set_pool(key, credits, idempotency_key=f"pool:{key_id}")
    return key, secret


@checked
def change_api_key(
    *, user_id: UserId, key_id: KeyId, changes: Annotated[dict[str, Any], FieldsOf(KeyChanges)]
) -> ApiKeyCredits:
    """Change some fields of a live key, all or none; `credits` moves the difference from or to its owner."""
    with transaction.atomic(using=settings.AUTH_DB):
        key = lock_key(user_id, key_id)
        if key.revoked_at:
            raise Conflict(REVOKED)
        fields = {name: value for name, value in changes.items() if name != "credits"}
        ApiKeyCredits.objects.filter(id=key.id).update(**fields, updated_at=datetime.now(UTC))
        if "credits" in changes:
            set_pool(key, changes["credits"], idempotency_key=f"pool:{uuid.uuid4()}")
        key.refresh_from_db()
    return key


@checked
def rotate_api_key(*, user_id: UserId, key_id: KeyId) -> tuple[ApiKeyCredits, str]:
    """Give a live key a new secret; the old one ends at once. Of two at the same moment one is refused."""
    key = find_key(user_id, key_id)
    if key.revoked_at:
        raise Conflict(REVOKED)
    secret = new_secret()
    changes = {"prefix": secret[:SHOWN_PREFIX_LENGTH], "updated_at": datetime.now(UTC)}
    unchanged = ApiKeyCredits.objects.filter(id=key.id, api_key=key.api_key, revoked_at=None)
    if not unchanged.update(api_key=hash_key(secret), **changes):
        raise Conflict(ROTATED)
    return keys_of(user_id).get(id=key.id), secret


@checked
def revoke_api_key(*, user_id: UserId, key_id: KeyId) -> None:
    """End a key at once and give its pool back to its owner; its row stays. Revoking again changes nothing.

    What does not fit into the owner's balance stays in the pool, until `return_closed_pools` finds room.
    """
    with transaction.atomic(using=settings.AUTH_DB):
        key = lock_key(user_id, key_id)
        if key.revoked_at:
            return
        pool, now = key.credits, datetime.now(UTC)
        ApiKeyCredits.objects.filter(id=key.id).update(revoked_at=now, updated_at=now)
        close_pool(key)
        key.refresh_from_db()
        note_act(
            AuditAction.REVOKE_KEY,
            subject=("api_key", key.id),
            user_id=user_id,
            before={"revoked_at": None, "credits": pool},
            after={"revoked_at": now, "credits": key.credits},
            name=key.name,
        )


def lock_key(user_id: uuid.UUID, key_id: uuid.UUID) -> ApiKeyCredits:
    """Return a person's key, nobody else changing it until the transaction ends."""
    key = keys_of(user_id).select_for_update().filter(id=key_id).first()
    if key is None:
        raise ApiKeyNotFound
    return key


def set_pool(key: ApiKeyCredits, credits: int | None, *, idempotency_key: str) -> None:
    """Give a key a pool of so many credits of its owner's, or none; tell the key."""
    pool, owner = key_account(key.id, key.user_id), user_account(key.user_id)
    ledger.set_pool(pool=pool, owner=owner, credits=credits, idempotency_key=idempotency_key)
    key.refresh_from_db()


def new_secret() -> str:
    """Return a fresh secret."""
    return API_KEY_PREFIX + "".join(secrets.choice(ALPHABET) for _ in range(SECRET_LENGTH))


@checked
def note_use(key: KeyRow) -> None:
    """Keep `last_used_at` to the minute: one write a minute and key, however many calls."""
    now = datetime.now(UTC)
    if key.last_used_at is None or key.last_used_at < now - USE_NOTED_EVERY:
        stale = Q(last_used_at=None) | Q(last_used_at__lt=now - USE_NOTED_EVERY)
        try:
            ApiKeyCredits.objects.filter(stale, id=key.id).update(last_used_at=now)
        except DatabaseError as error:
            # A database that takes no changes, as after a failover or on a full disk, can still be read by keys.
            if not (takes_no_changes(error) or has_no_room(error)):
                raise
