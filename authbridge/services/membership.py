"""Who is on a team: `users.team_id`, so a person is on one. Each is one UPDATE, in the caller's transaction."""

import uuid
from datetime import UTC, datetime

from django.db.models import QuerySet

from authbridge.models import User


def join(*, user_id: uuid.UUID, team_id: uuid.UUID) -> bool:
    """Put a person on a team; False if they are on one at this moment."""
    return put(User.objects.filter(id=user_id, team_id=None), team_id) > 0


def leave(*, user_id: uuid.UUID, team_id: uuid.UUID) -> bool:
    """Take a person off a team; False if they are not on it."""
    return put(User.objects.filter(id=user_id, team_id=team_id), None) > 0


def disband(team_id: uuid.UUID) -> None:
    """Take everybody off a team."""
    put(User.objects.filter(team_id=team_id), None)


def disband_all() -> None:
    """Take everybody off whatever team they are on."""
    put(User.objects.exclude(team_id=None), None)


def put(people: QuerySet[User], team_id: uuid.UUID | None) -> int:
    """Write where these people are now; return how many they are."""
    return people.update(team_id=team_id, updated_at=datetime.now(UTC))
