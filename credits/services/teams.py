"""Teams: people who share a balance. A person is on one team.

All of it is in one database: each function is one transaction. The team's row is locked first, so that nobody joins
and no credits arrive while it is being deleted.
"""

import uuid
from datetime import UTC, datetime

from django.conf import settings
from django.db import transaction

from authbridge.errors import UserNotFound
from authbridge.selectors import find_user_by_email
from authbridge.services import membership
from authbridge.shared.callers import Person
from authbridge.shared.errors import Conflict
from credits import ledger
from credits.accounts import team_account, user_account
from credits.arguments import Filled, UserId, checked
from credits.errors import NotTheTeamOwner, TeamNotFound
from credits.models import Team
from credits.services.closing import close_team

ON_A_TEAM = "This person is on a team already; one person is on one team."
OWNER_STAYS = "The owner cannot leave the team. Delete it instead."
UNKNOWN_PERSON = "Nobody with this e-mail address can be added."


@checked
def create_team(*, operation_id: uuid.UUID, owner_id: UserId, name: Filled) -> Team:
    """Make a team with its owner as the first member; the operation's id becomes the team's."""
    now = datetime.now(UTC)
    if earlier := Team.objects.filter(id=operation_id, owner_id=owner_id).first():
        return earlier
    with transaction.atomic(using=settings.AUTH_DB):
        join(owner_id, operation_id)
        return Team.objects.create(id=operation_id, name=name, owner_id=owner_id, created_at=now, updated_at=now)


@checked
def change_team(*, team: Team, name: Filled | None = None) -> Team:
    """Change a team's name, if one is given."""
    changes = {} if name is None else {"name": name}
    Team.objects.filter(id=team.id).update(**changes, updated_at=datetime.now(UTC))
    team.refresh_from_db()
    return team


@checked
def delete_team(*, team: Team) -> None:
    """End a team: its credits go back to its owner, its members are free. Later refunds go to the owner too.

    What does not fit into the owner's balance stays with the team, until `return_closed_pools` finds room.
    """
    with transaction.atomic(using=settings.AUTH_DB):
        close_team(lock_team(team.id))
        membership.disband(team.id)
        now = datetime.now(UTC)
        Team.objects.filter(id=team.id).update(deleted_at=now, updated_at=now)


@checked
def add_member(*, team: Team, email: Filled, goes_on: bool = False) -> Person:
    """Put a person on a team, unless they are on one; `goes_on` for an attempt that died, which may have done it."""
    user = find_user_by_email(email)
    if user is None:
        raise UserNotFound(UNKNOWN_PERSON)
    with transaction.atomic(using=settings.AUTH_DB):
        lock_team(team.id)
        if not (goes_on and user.team_id == team.id):
            join(user.id, team.id)
    return user


@checked
def remove_member(*, team: Team, user_id: UserId, by: UserId) -> None:
    """Take a person off a team; the owner may take anybody off, and members themselves."""
    if by not in (team.owner_id, user_id):
        raise NotTheTeamOwner
    if user_id == team.owner_id:
        raise Conflict(OWNER_STAYS)
    if not membership.leave(user_id=user_id, team_id=team.id):
        raise UserNotFound


@checked
def give_team_credits(*, operation_id: uuid.UUID, team: Team, amount: int) -> Team:
    """Move credits from a team's owner to the team, once per operation."""
    with transaction.atomic(using=settings.AUTH_DB):
        lock_team(team.id)
        ledger.transfer(
            source=user_account(team.owner_id),
            target=team_account(team.id, team.owner_id),
            amount=amount,
            idempotency_key=f"team_credits:{operation_id}",
        )
    team.refresh_from_db()
    return team


def join(user_id: uuid.UUID, team_id: uuid.UUID) -> None:
    """Put a person on a team, if they are on none at this moment."""
    if not membership.join(user_id=user_id, team_id=team_id):
        raise Conflict(ON_A_TEAM)


def lock_team(team_id: uuid.UUID) -> Team:
    """Return a team that is there, nobody else changing it until the transaction ends."""
    team = Team.objects.select_for_update().filter(id=team_id, deleted_at=None).first()
    if team is None:
        raise TeamNotFound
    return team
