"""Ledger rows over HTTP: pages of JSON, or all of them as a file."""

from typing import Any

from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from authbridge.shared.views import ApiViewSet
from credits.accounts import Account
from credits.renderers import CsvRenderer, csv_file
from credits.selectors import AccountEntries
from credits.serializers import TransactionFilterSerializer, TransactionSerializer

COLUMNS = TransactionSerializer.Meta.fields
# What is declared of an action that lists rows.
TRANSACTIONS: dict[str, Any] = {
    "plural": "transactions",
    "renderer_classes": [*APIView.renderer_classes, CsvRenderer],
    "query": TransactionFilterSerializer,
    "answer": {(200, "application/json"): TransactionSerializer(many=True), (200, "text/csv"): OpenApiTypes.STR},
}


class ListsTransactions(ApiViewSet):
    """For views whose actions list an account's rows, as TRANSACTIONS declares."""

    def list_entries(self, account: Account) -> HttpResponseBase:
        """Answer with a page of the account's rows, or with the file of all that pass the filters."""
        query = self.read_query(TransactionFilterSerializer)
        filters = {name: value for name, value in query.items() if name != "format"}
        entries = AccountEntries(account, **filters)
        if isinstance(self.request.accepted_renderer, CsvRenderer):
            return csv_file("transactions.csv", COLUMNS, entries.values(COLUMNS))
        return self.page(entries, TransactionSerializer)

    def perform_content_negotiation(self, request: Request, force: bool = False) -> tuple[Any, str]:
        """Let `format` choose before `Accept` does; a value that means nothing is refused with the filters."""
        renderers = self.get_renderers() if CsvRenderer in self.renderer_classes else []
        for renderer in renderers:
            if renderer.format == request.query_params.get("format"):
                return renderer, renderer.media_type
        return super().perform_content_negotiation(request, force)

    def handle_exception(self, exc: Exception) -> Response:
        """Say what is wrong in JSON, also to who asked for a file."""
        if isinstance(getattr(self.request, "accepted_renderer", None), CsvRenderer):
            renderer = APIView.renderer_classes[0]()
            self.request.accepted_renderer, self.request.accepted_media_type = renderer, renderer.media_type
        return super().handle_exception(exc)
