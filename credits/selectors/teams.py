"""Reads of teams. Membership is `users.team_id`; a team that was deleted is not there."""

import uuid
from collections.abc import Sequence
from typing import Any

from django.db.models import Q, QuerySet

from authbridge.selectors import is_on, people_of
from authbridge.shared.callers import Person, UserRow
from authbridge.shared.ids import require_uuid
from credits.errors import TeamNotFound
from credits.models import Team


def find_team(team_id: uuid.UUID) -> Team | None:
    """Return a team that is there, whoever asks."""
    return Team.objects.filter(id=team_id, deleted_at=None).first()


def is_on_team(team: Team, user: UserRow) -> bool:
    """Tell whether somebody owns a team or is a member."""
    return user.id == team.owner_id or user.team_id == team.id


def find_team_of(user_id: uuid.UUID, team_id: Any) -> Team:
    """Return a team that somebody is on; anybody else's is not found."""
    team = find_team(require_uuid(team_id, TeamNotFound))
    if team is None:
        raise TeamNotFound
    if user_id != team.owner_id and not is_on(user_id, team.id):
        raise TeamNotFound
    return team


def teams_of(user: UserRow) -> QuerySet[Team]:
    """Return the teams that somebody owns or is on, by name."""
    theirs = Q(owner_id=user.id) | Q(id=user.team_id)
    return Team.objects.filter(theirs, deleted_at=None).order_by("name", "id")


def members_of(teams: Sequence[Team]) -> dict[uuid.UUID, list[Person]]:
    """Return who is on each team, by its id and then by name."""
    people = people_of(team_ids={team.id for team in teams}, user_ids={team.owner_id for team in teams})
    return {
        team.id: [person for person in people if person.team_id == team.id or person.id == team.owner_id]
        for team in teams
    }
