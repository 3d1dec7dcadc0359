"""Teams over HTTP."""

from collections.abc import Sequence
from typing import Any

from django.http.response import HttpResponseBase
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from authbridge.errors import UserNotFound
from authbridge.shared.ids import require_uuid
from authbridge.shared.operations import goes_on, operation_id_of
from authbridge.shared.views import ApiViewSet, session_action
from credits import services
from credits.accounts import team_account
from credits.errors import NotTheTeamOwner
from credits.models import Team
from credits.selectors import find_team_of, members_of, teams_of
from credits.serializers import (
    AddMemberSerializer,
    GiveCreditsSerializer,
    MemberSerializer,
    TeamSerializer,
    WriteTeamSerializer,
)
from credits.views.transactions import TRANSACTIONS, ListsTransactions


class OfTeams(ApiViewSet):
    """Views of what is in a team."""

    team_in_path = "pk"

    def look_up(self) -> Team:
        """Return the team in the path, if this caller is on it."""
        return find_team_of(self.caller.user_id, self.kwargs[self.team_in_path])

    def owned(self) -> Team:
        """Return the team in the path, if it is the caller's to manage."""
        team = self.look_up()
        if team.owner_id != self.caller.user_id:
            raise NotTheTeamOwner
        return team


class TeamViewSet(OfTeams, ListsTransactions):
    """Teams that the caller is on; sessions only. Members see a team, its owner manages it, for others it is not."""

    model = Team
    plural = "teams"

    @session_action(answer=TeamSerializer(many=True))
    def list(self, request: Request) -> Response:
        """The teams that the caller is on, by name."""
        return self.get_paginated_response(shape(self.paginate_queryset(teams_of(self.caller.user)) or []))

    @session_action(body=WriteTeamSerializer, answer=TeamSerializer, status=201, failures=[409])
    def create(self, request: Request) -> Response:
        """Make a team, with the caller as its owner and first member."""
        team = services.create_team(
            operation_id=operation_id_of(request), owner_id=self.caller.user_id, **self.read(WriteTeamSerializer)
        )
        return Response(shape([team])[0], status=status.HTTP_201_CREATED)

    @session_action(answer=TeamSerializer)
    def retrieve(self, request: Request, pk: str) -> Response:
        """One team with its members."""
        return Response(shape([self.look_up()])[0])

    @session_action(body=WriteTeamSerializer, answer=TeamSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Rename a team."""
        team = self.owned()
        changed = services.change_team(team=team, **self.read(WriteTeamSerializer, partial=True))
        return Response(shape([changed])[0])

    @session_action(status=204, failures=[409])
    def destroy(self, request: Request, pk: str) -> Response:
        """Delete a team: its credits go back to its owner, its members are free to join another."""
        services.delete_team(team=self.owned())
        return Response(status=status.HTTP_204_NO_CONTENT)

    @session_action(
        detail=True,
        methods=["post"],
        operation_id="give_team_credits",
        body=GiveCreditsSerializer,
        answer=TeamSerializer,
        failures=[402],
    )
    def credits(self, request: Request, pk: str) -> Response:
        """Move credits from the owner's balance to the team's."""
        team = self.owned()
        amount = self.read(GiveCreditsSerializer)
        team = services.give_team_credits(operation_id=operation_id_of(request), team=team, **amount)
        return Response(shape([team])[0])

    @session_action(detail=True, operation_id="list_team_transactions", **TRANSACTIONS)
    def transactions(self, request: Request, pk: str) -> HttpResponseBase:
        """The team's ledger rows, newest first; as a CSV file, all of them."""
        return self.list_entries(team_account(self.look_up().id, self.caller.user_id))


class TeamMemberViewSet(OfTeams):
    """Who is on a team; sessions only."""

    team_in_path = "team"

    @session_action(body=AddMemberSerializer, answer=MemberSerializer, status=201)
    def create(self, request: Request, team: str) -> Response:
        """Put a person on the team, by e-mail address. One person is on one team."""
        owned = self.owned()
        member = services.add_member(team=owned, goes_on=goes_on(request), **self.read(AddMemberSerializer))
        return Response(MemberSerializer(member).data, status=status.HTTP_201_CREATED)

    @session_action(status=204, failures=[409])
    def destroy(self, request: Request, team: str, pk: str) -> Response:
        """Take a person off the team. The owner may take off anybody, others only themselves."""
        services.remove_member(team=self.look_up(), user_id=require_uuid(pk, UserNotFound), by=self.caller.user_id)
        return Response(status=status.HTTP_204_NO_CONTENT)


def shape(teams: Sequence[Team]) -> Any:
    """Shape teams with their members, looked up at once."""
    return TeamSerializer(teams, many=True, context={"members": members_of(teams)}).data
