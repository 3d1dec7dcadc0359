"""A person to develop with, where no Next.js site is there to sign anybody up."""

import secrets
import string
from datetime import UTC, datetime, timedelta

from authbridge.errors import UserNotFound
from authbridge.models import Session, User
from authbridge.shared.ids import new_id

EMAIL = "developer@example.com"
SESSION_LIFETIME = timedelta(days=365)
TOKEN_ALPHABET = string.ascii_letters + string.digits


def ensure_user(*, email: str = EMAIL, name: str = "Developer") -> User:
    """Return the user with this e-mail address, made if absent."""
    now = datetime.now(UTC)
    defaults = {"id": new_id(), "name": name, "email_verified": True, "created_at": now, "updated_at": now}
    user, _ = User.objects.get_or_create(email=email, defaults=defaults)
    return user


def issue_session(*, email: str, lifetime: timedelta = SESSION_LIFETIME) -> Session:
    """Make a session as Better Auth would: 32 letters and digits, unhashed."""
    user = User.objects.filter(email=email.lower()).first()
    if user is None:
        raise UserNotFound(f"There is no user with the e-mail address {email}.")
    now = datetime.now(UTC)
    token = "".join(secrets.choice(TOKEN_ALPHABET) for _ in range(32))
    return Session.objects.create(
        id=new_id(), user=user, token=token, expires_at=now + lifetime, created_at=now, updated_at=now
    )


def current_session(*, email: str) -> Session:
    """Return a live session of this user, so that a restart prints the token that people already pasted."""
    live = Session.objects.filter(user__email=email, expires_at__gt=datetime.now(UTC) + timedelta(days=1))
    return live.order_by("-expires_at", "id").first() or issue_session(email=email)
