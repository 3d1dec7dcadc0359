"""Teams over HTTP."""

from collections.abc import Sequence
from typing import Any

from django.http.response import HttpResponseBase
from drf_spectacular.utils import extend_schema
from rest_framework import status, viewsets
from rest_framework.decorators import action
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from authbridge.shared.callers import caller_of
from authbridge.shared.operations import goes_on, operation_id_of
from credits import services
from credits.accounts import team_account
from credits.errors import NotTheTeamOwner
from credits.models import Team
from credits.permissions import IsSession
from credits.selectors import find_team_of, members_of, teams_of
from credits.serializers import (
    AddMemberSerializer,
    GiveCreditsSerializer,
    MemberSerializer,
    TeamSerializer,
    WriteTeamSerializer,
)
from credits.views.transactions import TRANSACTIONS, ListsTransactions

IN_PATH = "[^/]+"


class TeamViewSet(ListsTransactions, viewsets.GenericViewSet[Team]):
    """Teams that the caller is on; sessions only. Members see a team, its owner manages it, for others it is not."""

    queryset = Team.objects.none()
    serializer_class = TeamSerializer
    permission_classes = [IsAuthenticated, IsSession]
    lookup_value_regex = IN_PATH
    plural = "teams"

    def look_up(self) -> None:
        """Raise what the path deserves if it names no team that this caller may see."""
        find_team_of(caller_of(self.request).user_id, self.kwargs["pk"])

    def list(self, request: Request) -> Response:
        """The teams that the caller is on, by name."""
        return self.get_paginated_response(shape(self.paginate_queryset(teams_of(caller_of(request).user)) or []))

    @extend_schema(request=WriteTeamSerializer, responses={201: TeamSerializer})
    def create(self, request: Request) -> Response:
        """Make a team, with the caller as its owner and first member."""
        body = WriteTeamSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        team = services.create_team(
            operation_id=operation_id_of(request), owner_id=caller_of(request).user_id, **body.validated_data
        )
        return Response(shape([team])[0], status=status.HTTP_201_CREATED)

    def retrieve(self, request: Request, pk: str) -> Response:
        """One team with its members."""
        return Response(shape([find_team_of(caller_of(request).user_id, pk)])[0])

    @extend_schema(request=WriteTeamSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Rename a team."""
        team = owned_team(request, pk)
        body = WriteTeamSerializer(data=request.data, partial=True)
        body.is_valid(raise_exception=True)
        return Response(shape([services.change_team(team=team, changes=body.validated_data)])[0])

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: str) -> Response:
        """Delete a team: its credits go back to its owner, its members are free to join another."""
        services.delete_team(team=owned_team(request, pk))
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(operation_id="give_team_credits", request=GiveCreditsSerializer, responses={200: TeamSerializer})
    @action(detail=True, methods=["post"])
    def credits(self, request: Request, pk: str) -> Response:
        """Move credits from the owner's balance to the team's."""
        team = owned_team(request, pk)
        body = GiveCreditsSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        team = services.give_team_credits(operation_id=operation_id_of(request), team=team, **body.validated_data)
        return Response(shape([team])[0])

    @extend_schema(operation_id="list_team_transactions", **TRANSACTIONS)
    @action(detail=True, plural="transactions", renderer_classes=ListsTransactions.list_renderers)
    def transactions(self, request: Request, pk: str) -> HttpResponseBase:
        """The team's ledger rows, newest first; as a CSV file, all of them."""
        team = find_team_of(caller_of(request).user_id, pk)
        return self.list_entries(team_account(team.id, caller_of(request).user_id))


class TeamMemberViewSet(viewsets.GenericViewSet[Any]):
    """Who is on a team; sessions only."""

    serializer_class = MemberSerializer
    permission_classes = [IsAuthenticated, IsSession]
    lookup_value_regex = IN_PATH

    def look_up(self) -> None:
        """Raise what the path deserves if it names no team that this caller may see."""
        find_team_of(caller_of(self.request).user_id, self.kwargs["team"])

    @extend_schema(request=AddMemberSerializer, responses={201: MemberSerializer})
    def create(self, request: Request, team: str) -> Response:
        """Put a person on the team, by e-mail address. One person is on one team."""
        owned = owned_team(request, team)
        body = AddMemberSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        member = services.add_member(team=owned, goes_on=goes_on(request), **body.validated_data)
        return Response(MemberSerializer(member).data, status=status.HTTP_201_CREATED)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, team: str, pk: str) -> Response:
        """Take a person off the team. The owner may take off anybody, others only themselves."""
        services.remove_member(
            team=find_team_of(caller_of(request).user_id, team), user_id=pk, by=caller_of(request).user_id
        )
        return Response(status=status.HTTP_204_NO_CONTENT)


def owned_team(request: Request, team_id: str) -> Team:
    """Return the team in the path, if it is the caller's to manage."""
    team = find_team_of(caller_of(request).user_id, team_id)
    if team.owner_id != caller_of(request).user_id:
        raise NotTheTeamOwner
    return team


def shape(teams: Sequence[Team]) -> Any:
    """Shape teams with their members, looked up at once."""
    return TeamSerializer(teams, many=True, context={"members": members_of(teams)}).data
