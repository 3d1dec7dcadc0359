"""Shapes of teams and their members."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from authbridge.shared.serializer_fields import TextField
from credits.models import Team
from credits.serializers.fields import amount_field


class MemberSerializer(serializers.Serializer):
    """A person on a team."""

    id = serializers.CharField(read_only=True)
    name = serializers.CharField(read_only=True)
    email = serializers.CharField(read_only=True)


class TeamOwnerSerializer(serializers.Serializer):
    id = serializers.CharField()
    name = serializers.CharField(allow_null=True)


class TeamSerializer(serializers.ModelSerializer):
    """A team; the context has `members` by team id."""

    owner = serializers.SerializerMethodField()
    members = serializers.SerializerMethodField()

    class Meta:
        model = Team
        fields = ["id", "name", "credits", "owner", "members", "created_at", "updated_at"]
        read_only_fields = fields

    @extend_schema_field(TeamOwnerSerializer)
    def get_owner(self, team: Team) -> dict[str, Any]:
        """Name the owner, who is one of the members."""
        names = {person.id: person.name for person in self.context["members"][team.id]}
        return {"id": team.owner_id, "name": names.get(team.owner_id)}

    @extend_schema_field(MemberSerializer(many=True))
    def get_members(self, team: Team) -> Any:
        """List the people, by name."""
        return MemberSerializer(self.context["members"][team.id], many=True).data


class WriteTeamSerializer(serializers.Serializer):
    """Body of POST /teams and PATCH /teams/{id}."""

    name = TextField(max_length=200)


class AddMemberSerializer(serializers.Serializer):
    """Body of POST /teams/{id}/members."""

    email = serializers.EmailField(max_length=320)


class GiveCreditsSerializer(serializers.Serializer):
    """Body of POST /teams/{id}/credits."""

    amount = amount_field()
