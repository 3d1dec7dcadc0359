"""People to test with: Alice owns, Bob must not see."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from authbridge.models import Session, User
from credits.models import TransactionType
from credits.services import add_credits

TOKEN_LENGTH = 32


def make_user(name: str = "Somebody", *, credits: int = 100, **columns: Any) -> User:
    """Make a user as the site would, and give the credits through the ledger."""
    now = datetime.now(UTC)
    user_id = uuid.uuid4()
    defaults = {"email": f"{name.lower()}-{user_id.hex[:8]}@example.com", "created_at": now, "updated_at": now}
    user = User.objects.create(id=user_id, name=name, **{**defaults, **columns})
    if credits:
        add_credits(user_id=user.id, amount=credits, type=TransactionType.BONUS, idempotency_key="first-credits")
        user.refresh_from_db()
    return user


def make_session(user: User, *, lifetime: timedelta = timedelta(hours=1), **columns: Any) -> Session:
    """Sign a user in; a negative lifetime makes a session that has expired."""
    now = datetime.now(UTC)
    defaults = {"token": uuid.uuid4().hex, "expires_at": now + lifetime, "created_at": now, "updated_at": now}
    return Session.objects.create(id=uuid.uuid4(), user=user, **{**defaults, **columns})
