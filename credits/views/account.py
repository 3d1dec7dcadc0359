"""Balance, ledger, use and prices over HTTP."""

from typing import Any

from django.http.response import HttpResponseBase
from drf_spectacular.utils import extend_schema
from rest_framework import viewsets
from rest_framework.decorators import action
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from authbridge.shared.callers import caller_of
from credits import services
from credits.accounts import Account
from credits.models import CreditTransaction
from credits.permissions import HasScope
from credits.prices import price_list
from credits.selectors import key_balance, usage_summary
from credits.serializers import (
    BalanceSerializer,
    PricingSerializer,
    TransactionSerializer,
    UsageQuerySerializer,
    UsageSummarySerializer,
)
from credits.views.transactions import TRANSACTIONS, ListsTransactions


class CreditsViewSet(ListsTransactions, viewsets.GenericViewSet[CreditTransaction]):
    """What the caller has, had and used, and what things cost."""

    queryset = CreditTransaction.objects.none()
    serializer_class = TransactionSerializer
    permission_classes = [IsAuthenticated, HasScope]
    required_scopes = {"balance": "credits:read", "transactions": "credits:read", "usage_summary": "credits:read"}
    plural = "transactions"

    def account(self) -> Account:
        """The account the caller sees: a session its user's own, a key the one it pays from."""
        return services.payer_of(caller_of(self.request)).account

    @extend_schema(responses=BalanceSerializer)
    @action(detail=False)
    def balance(self, request: Request) -> Response:
        """The user's credits; with an API key, also what it has and has used."""
        user, key = caller_of(request).user, caller_of(request).key
        body: dict[str, Any] = BalanceSerializer(user).data
        if key:
            body["api_key"] = key_balance(key)
        return Response(body)

    @extend_schema(**TRANSACTIONS)
    @action(detail=False, renderer_classes=ListsTransactions.list_renderers)
    def transactions(self, request: Request) -> HttpResponseBase:
        """The account's ledger rows, newest first; as a CSV file, all of them."""
        return self.list_entries(self.account())

    @extend_schema(parameters=[UsageQuerySerializer], responses=UsageSummarySerializer)
    @action(detail=False, url_path="usage-summary")
    def usage_summary(self, request: Request) -> Response:
        """Credits spent, net of refunds, by operation and by day."""
        query = UsageQuerySerializer(data=request.query_params)
        query.is_valid(raise_exception=True)
        return Response(usage_summary(self.account(), **query.validated_data))

    @extend_schema(responses=PricingSerializer)
    @action(detail=False, permission_classes=[AllowAny])
    def pricing(self, request: Request) -> Response:
        """All prices in force."""
        return Response(price_list())
