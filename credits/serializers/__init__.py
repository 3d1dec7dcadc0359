"""Shapes of what the credits API takes and answers."""

from credits.serializers.account import (
    BalanceSerializer,
    PricingSerializer,
    TransactionFilterSerializer,
    TransactionSerializer,
    UsageQuerySerializer,
    UsageSummarySerializer,
)
from credits.serializers.keys import (
    ApiKeySerializer,
    ChangeApiKeySerializer,
    CreateApiKeySerializer,
    NewApiKeySerializer,
)
from credits.serializers.service_calls import (
    AddCreditsSerializer,
    DeductCreditsSerializer,
    RefundCreditsSerializer,
    SubscriptionRenewalSerializer,
)
from credits.serializers.teams import (
    AddMemberSerializer,
    GiveCreditsSerializer,
    MemberSerializer,
    TeamSerializer,
    WriteTeamSerializer,
)

__all__ = [
    "AddCreditsSerializer",
    "AddMemberSerializer",
    "ApiKeySerializer",
    "BalanceSerializer",
    "ChangeApiKeySerializer",
    "CreateApiKeySerializer",
    "DeductCreditsSerializer",
    "GiveCreditsSerializer",
    "MemberSerializer",
    "NewApiKeySerializer",
    "PricingSerializer",
    "RefundCreditsSerializer",
    "SubscriptionRenewalSerializer",
    "TeamSerializer",
    "TransactionFilterSerializer",
    "TransactionSerializer",
    "UsageQuerySerializer",
    "UsageSummarySerializer",
    "WriteTeamSerializer",
]
