"""Balance, ledger, use and prices over HTTP."""

from functools import partial
from typing import Any

from django.http.response import HttpResponseBase
from rest_framework.request import Request
from rest_framework.response import Response

from authbridge.shared.views import action, public_action
from credits import services
from credits.accounts import Account
from credits.prices import price_list
from credits.selectors import key_balance, usage_summary
from credits.serializers import BalanceSerializer, PricingSerializer, UsageQuerySerializer, UsageSummarySerializer
from credits.views.transactions import TRANSACTIONS, ListsTransactions

credits_action = partial(action, detail=False, scope="credits:read")


class CreditsViewSet(ListsTransactions):
    """What the caller has, had and used, and what things cost."""

    plural = "transactions"

    def account(self) -> Account:
        """The account the caller sees: a session its user's own, a key the one it pays from."""
        return services.payer_of(self.caller).account

    @credits_action(answer=BalanceSerializer)
    def balance(self, request: Request) -> Response:
        """The user's credits; with an API key, also what it has and has used."""
        user, key = self.caller.user, self.caller.key
        body: dict[str, Any] = BalanceSerializer(user).data
        if key:
            body["api_key"] = key_balance(key)
        return Response(body)

    @credits_action(**TRANSACTIONS)
    def transactions(self, request: Request) -> HttpResponseBase:
        """The account's ledger rows, newest first; as a CSV file, all of them."""
        return self.list_entries(self.account())

    @credits_action(url_path="usage-summary", query=UsageQuerySerializer, answer=UsageSummarySerializer)
    def usage_summary(self, request: Request) -> Response:
        """Credits spent, net of refunds, by operation and by day."""
        return Response(usage_summary(self.account(), **self.read_query(UsageQuerySerializer)))

    @public_action(detail=False, scope=None, answer=PricingSerializer)
    def pricing(self, request: Request) -> Response:
        """All prices in force."""
        return Response(price_list())
