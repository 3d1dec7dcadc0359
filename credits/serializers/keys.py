"""Shapes of API keys."""

from datetime import UTC, datetime

from rest_framework import serializers

from authbridge.shared.serializer_fields import StrictIntegerField, TextField
from credits.models import ApiKeyCredits, Scope
from credits.serializers.fields import amount_field

LARGEST_LIMIT = 2**31 - 1


class ApiKeySerializer(serializers.ModelSerializer):
    """A key, without its secret."""

    scopes = serializers.ListField(child=serializers.CharField(), read_only=True, allow_null=True)

    class Meta:
        model = ApiKeyCredits
        fields = [
            "id", "name", "prefix", "credits", "daily_limit", "monthly_limit", "scopes", "team_id", "expires_at",
            "last_used_at", "revoked_at", "created_at",
        ]  # fmt: skip
        read_only_fields = fields


class NewApiKeySerializer(ApiKeySerializer):
    """A key as its creator sees it, once; a repeated request gets null."""

    key = serializers.CharField(read_only=True, allow_null=True)

    class Meta(ApiKeySerializer.Meta):
        fields = [*ApiKeySerializer.Meta.fields, "key"]


def limit_field(what: str) -> StrictIntegerField:
    """Return a field for a limit in credits; null is no limit."""
    return StrictIntegerField(min_value=0, max_value=LARGEST_LIMIT, required=False, allow_null=True, help_text=what)


class ChangeApiKeySerializer(serializers.Serializer):
    """Body of PATCH /api-keys/{id}."""

    name = TextField(max_length=200)
    credits = amount_field(
        least=0,
        required=False,
        allow_null=True,
        help_text="The key's own pool; the difference moves from or to your balance. Null is no pool.",
    )
    daily_limit = limit_field("Credits it may spend in a UTC day.")
    monthly_limit = limit_field("Credits it may spend in a UTC month.")
    expires_at = serializers.DateTimeField(required=False, allow_null=True)
    scopes = serializers.ListField(
        child=serializers.ChoiceField(choices=Scope.choices),
        required=False,
        allow_null=True,
        allow_empty=False,
        help_text="Null is all of them.",
    )

    def validate_expires_at(self, value: datetime | None) -> datetime | None:
        """A key that ends must end later than now."""
        if value is not None and value <= datetime.now(UTC):
            raise serializers.ValidationError("Must be in the future.")
        return value

    def validate_scopes(self, value: list[str] | None) -> list[str] | None:
        return None if value is None else list(dict.fromkeys(value))


class CreateApiKeySerializer(ChangeApiKeySerializer):
    """Body of POST /api-keys."""

    team_id = serializers.UUIDField(
        required=False, allow_null=True, help_text="The team that pays for what a key without a pool does."
    )
