"""Shapes of what an account shows: balance, ledger rows, use, prices."""

from rest_framework import serializers

from authbridge.shared.serializer_fields import MetadataField, TextField
from credits.models import CreditTransaction, TransactionType


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
    metadata = MetadataField(read_only=True, allow_null=True)

    class Meta:
        model = CreditTransaction
        fields = [
            "id", "amount", "type", "operation", "resource_id", "api_key_id", "team_id", "balance_after", "metadata",
            "created_at",
        ]  # fmt: skip


class TransactionFilterSerializer(serializers.Serializer):
    """What the list of transactions can be narrowed by."""

    type = serializers.ChoiceField(choices=TransactionType.choices, required=False)
    operation = TextField(max_length=100, required=False)
    since = serializers.DateTimeField(required=False, help_text="From this moment on, inclusive.")
    until = serializers.DateTimeField(required=False, help_text="Before this moment.")
    format = serializers.ChoiceField(
        choices=["json", "csv"], required=False, help_text="`csv` streams all rows, as `Accept: text/csv` does."
    )


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
