"""Bodies of the site's service calls. Amounts are integers from 1 to 10^9; unknown fields are ignored."""

from typing import Any

from rest_framework import serializers

from authbridge.shared.serializer_fields import MetadataField, TextField
from credits.models import TransactionType
from credits.prices import chargeable_operations
from credits.serializers.fields import amount_field

USER_ERROR = "Credits are not given back for a user's own error."


class ServiceCallSerializer(serializers.Serializer):
    """What all of them bear: a key under which the call is done once, for ever."""

    idempotency_key = TextField(max_length=255)


class AddCreditsSerializer(ServiceCallSerializer):
    """Body of POST /credits/add."""

    user_id = serializers.UUIDField()
    amount = amount_field()
    type = serializers.ChoiceField(choices=[TransactionType.PURCHASE, TransactionType.BONUS])
    metadata = MetadataField(required=False)


class SubscriptionRenewalSerializer(ServiceCallSerializer):
    """Body of POST /credits/subscription-renewal. With a plan limit of 0 no credits are kept."""

    user_id = serializers.UUIDField()
    new_credits = amount_field()
    plan_limit = amount_field(least=0)
    metadata = MetadataField(required=False)


class DeductCreditsSerializer(ServiceCallSerializer):
    """Body of POST /credits/deduct."""

    user_id = serializers.UUIDField()
    amount = amount_field()
    operation = TextField(max_length=100)
    resource_id = TextField(max_length=255, required=False, allow_null=True)

    def validate_operation(self, value: str) -> str:
        """Know the operation, so that a slip of the pen does not end in the ledger."""
        if value not in chargeable_operations():
            raise serializers.ValidationError(f"Must be one of {', '.join(chargeable_operations())}.")
        return value


class RefundCreditsSerializer(ServiceCallSerializer):
    """Body of POST /credits/refund."""

    transaction_id = serializers.UUIDField()
    amount = amount_field(required=False, allow_null=True)
    error_type = serializers.ChoiceField(choices=["system_error", "partial", "user_error"])
    reason = TextField(max_length=1000, required=False, allow_blank=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """A partial refund says how much; for a user's own error there is none."""
        if attrs["error_type"] == "user_error":
            raise serializers.ValidationError({"error_type": [USER_ERROR]})
        if attrs["error_type"] == "partial" and attrs.get("amount") is None:
            raise serializers.ValidationError({"amount": ["A partial refund needs an amount."]})
        return attrs
