"""Shapes of what the credits API takes and answers."""

from typing import Any

import orjson
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from credits.models import ApiKeyCredits, CreditTransaction, TransactionType

LARGEST_AMOUNT = 10**9
LARGEST_METADATA_BYTES = 16 * 1024
DEEPEST_METADATA = 20
TOO_DEEP = f"Must be nested at most {DEEPEST_METADATA} levels deep."


def validate_metadata(value: Any) -> Any:
    """Take a JSON object of bounded size and depth, without what PostgreSQL cannot store: NUL, half surrogate pairs."""
    if not isinstance(value, dict):
        raise serializers.ValidationError("Must be a JSON object.")
    if depth(value) > DEEPEST_METADATA:
        raise serializers.ValidationError(TOO_DEEP)
    try:
        text = orjson.dumps(value)
    except orjson.JSONEncodeError as error:
        raise serializers.ValidationError("Must be JSON in UTF-8 with numbers of at most 64 bits.") from error
    if len(text) > LARGEST_METADATA_BYTES:
        raise serializers.ValidationError("Must be at most 16 KB of JSON.")
    if rb"\u0000" in text.replace(rb"\\", b""):
        raise serializers.ValidationError("Must not contain NUL characters.")
    return value


def depth(value: Any) -> int:
    """Return how deep a JSON value is nested; no recursion, so that no depth can break it."""
    levels, layer = 0, [value]
    while layer:
        levels += 1
        containers = [item for item in layer if isinstance(item, dict | list)]
        layer = [child for item in containers for child in (item.values() if isinstance(item, dict) else item)]
    return levels


@extend_schema_field({"type": "object", "additionalProperties": {}})
class MetadataField(serializers.JSONField):
    """A JSON object of at most 16 KB."""

    def to_internal_value(self, data: Any) -> Any:
        """Parse and bound."""
        try:
            return validate_metadata(super().to_internal_value(data))
        except RecursionError as error:
            raise serializers.ValidationError(TOO_DEEP) from error


class KeyBalanceSerializer(serializers.Serializer):
    """An API key's pool and limits, null where it has none, and what it used this UTC day and month."""

    credits = serializers.IntegerField(allow_null=True)
    daily_limit = serializers.IntegerField(allow_null=True)
    daily_used = serializers.IntegerField()
    monthly_limit = serializers.IntegerField(allow_null=True)
    monthly_used = serializers.IntegerField()


class BalanceSerializer(serializers.Serializer):
    """A user's credits; `api_key` is there only when a key asked."""

    credits = serializers.IntegerField()
    total_credits_purchased = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    api_key = KeyBalanceSerializer(required=False)


class TransactionSerializer(serializers.ModelSerializer):
    """A ledger row."""

    metadata = MetadataField(read_only=True, allow_null=True)

    class Meta:
        model = CreditTransaction
        fields = [
            "id",
            "amount",
            "type",
            "operation",
            "resource_id",
            "api_key_id",
            "team_id",
            "balance_after",
            "metadata",
            "created_at",
        ]


class TransactionFilterSerializer(serializers.Serializer):
    """What the list of transactions can be narrowed by."""

    type = serializers.ChoiceField(choices=TransactionType.choices, required=False)
    operation = serializers.CharField(max_length=100, required=False)
    since = serializers.DateTimeField(required=False, help_text="From this moment on, inclusive.")
    until = serializers.DateTimeField(required=False, help_text="Before this moment.")


class UsageQuerySerializer(serializers.Serializer):
    """How far back the usage summary looks."""

    days = serializers.IntegerField(min_value=1, max_value=366, default=30)


class UsageByOperationSerializer(serializers.Serializer):
    """Net use of one operation."""

    operation = serializers.CharField(allow_null=True)
    credits = serializers.IntegerField()
    count = serializers.IntegerField()


class UsageByDaySerializer(serializers.Serializer):
    """Net use of one UTC day."""

    date = serializers.DateField()
    credits = serializers.IntegerField()


class UsageSummarySerializer(serializers.Serializer):
    """Net use over some days."""

    days = serializers.IntegerField()
    total = serializers.IntegerField()
    by_operation = UsageByOperationSerializer(many=True)
    by_day = UsageByDaySerializer(many=True)


class DocumentPriceSerializer(serializers.Serializer):
    """The price of documents up to a size; null is without bound."""

    up_to_bytes = serializers.IntegerField(allow_null=True)
    credits = serializers.IntegerField()


class PricingSerializer(serializers.Serializer):
    """All prices in force."""

    operations = serializers.DictField(child=serializers.IntegerField())
    documents = DocumentPriceSerializer(many=True)


class StrictIntegerField(serializers.IntegerField):
    """An amount of money: a JSON integer, never "5", 5.0 or true."""

    def to_internal_value(self, data: Any) -> int:
        """Refuse whatever is not an integer already."""
        if type(data) is not int:
            self.fail("invalid")
        return super().to_internal_value(data)


def amount_field(**kwargs: Any) -> StrictIntegerField:
    """Return a field for an amount of credits."""
    return StrictIntegerField(min_value=1, max_value=LARGEST_AMOUNT, **kwargs)


class AddCreditsSerializer(serializers.Serializer):
    """Body of POST /credits/add."""

    user_id = serializers.UUIDField()
    amount = amount_field()
    type = serializers.ChoiceField(choices=[TransactionType.PURCHASE, TransactionType.BONUS])
    idempotency_key = serializers.CharField(max_length=255)
    metadata = MetadataField(required=False)


class DeductCreditsSerializer(serializers.Serializer):
    """Body of POST /credits/deduct."""

    user_id = serializers.UUIDField()
    amount = amount_field()
    operation = serializers.CharField(max_length=100)
    resource_id = serializers.CharField(max_length=255, required=False, allow_null=True)
    idempotency_key = serializers.CharField(max_length=255)


class ApiKeySerializer(serializers.ModelSerializer):
    """A key, without its secret."""

    scopes = serializers.ListField(child=serializers.CharField(), read_only=True, allow_null=True)

    class Meta:
        model = ApiKeyCredits
        fields = [
            "id",
            "name",
            "prefix",
            "credits",
            "daily_limit",
            "monthly_limit",
            "scopes",
            "team_id",
            "expires_at",
            "last_used_at",
            "revoked_at",
            "created_at",
        ]
        read_only_fields = fields


class NewApiKeySerializer(ApiKeySerializer):
    """A key as its creator sees it, once; a repeated request gets null."""

    key = serializers.CharField(read_only=True, allow_null=True)

    class Meta(ApiKeySerializer.Meta):
        fields = [*ApiKeySerializer.Meta.fields, "key"]


class CreateApiKeySerializer(serializers.Serializer):
    """Body of POST /api-keys."""

    name = serializers.CharField(max_length=200)
    expires_at = serializers.DateTimeField(required=False, allow_null=True)
