"""Credits for staff: the ledger and teams to look at, API keys to look at and revoke."""

import uuid
from functools import reduce
from operator import or_
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin import helpers
from django.core.cache import cache
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from unfold.decorators import action, display

from authbridge.shared.ids import parse_uuid
from authbridge.staff import DayRangeFilter, OwnedAdmin, OwnedChangeList, note_action
from credits import (
    audit_admin,  # noqa: F401  (registers the audit trail)
    user_admin,  # noqa: F401  (registers the page of a user with their money on it)
)
from credits.ledger_pages import LedgerPaginator, count_known
from credits.models import AccountType, ApiKeyCredits, CreditTransaction, DayTotal, Team, TransactionType
from credits.services import revoke_api_key
from credits.services.staff import refund_by_staff
from credits.staff_forms import RefundForm, ask_and_do

TYPE_COLOURS = {
    TransactionType.PURCHASE.value: "success",
    TransactionType.BONUS.value: "success",
    TransactionType.REFUND.value: "info",
    TransactionType.EXPIRY.value: "warning",
}

OPERATIONS_REMEMBERED_S = 60


class OperationFilter(admin.SimpleListFilter):
    """Rows of one operation. The site may charge for operations of its own, so the totals are asked which there are."""

    title = "operation"
    parameter_name = "operation"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return all operations there are; finding them reads all totals, so once a minute is enough."""
        operations: list[str] = cache.get_or_set("admin-operations", all_operations, OPERATIONS_REMEMBERED_S) or []
        return [(operation, operation) for operation in operations]

    def has_output(self) -> bool:
        """Filter also by operations that came after the last look."""
        return True

    def queryset(self, request: HttpRequest, queryset: QuerySet[CreditTransaction]) -> QuerySet[CreditTransaction]:
        return queryset.filter(operation=self.value()) if self.value() else queryset


def all_operations() -> list[str]:
    """Return the operations of all ledger rows."""
    rows = DayTotal.objects.exclude(operation="").order_by("operation")
    return list(rows.values_list("operation", flat=True).distinct())


@admin.register(CreditTransaction)
class CreditTransactionAdmin(OwnedAdmin):
    """The ledger. Nothing here can be added, changed or deleted, by anybody."""

    actions = None
    actions_detail = ["refund"]
    list_filter_submit = True
    list_display = ["created_at", "owner", "signed_amount", "type_label", "operation", "balance_after", "account_type"]
    # By anything else the whole ledger would have to be read.
    sortable_by = ["created_at"]
    list_filter = [("created_at", DayRangeFilter), "type", OperationFilter, "account_type"]
    readonly_fields = ["owner", "signed_amount"]
    search_ids = ("id", "resource_id", "account_id", "api_key_id", "refund_of")
    search_help_text = "E-mail address, name or id of the user; id of a transaction, document, dataset or API key"
    fields = [
        "id", "created_at", "owner", "signed_amount", "balance_after", "type", "operation", "resource_id",
        "account_type", "account_id", "api_key_id", "team_id", "refund_of", "idempotency_key", "metadata",
    ]  # fmt: skip

    def get_paginator(self, request: HttpRequest, queryset: Any, per_page: int, *args: Any, **options: Any) -> Any:
        return LedgerPaginator(queryset, per_page, *args, known_count=count_known(request.GET), **options)

    def rows_naming(self, queryset: QuerySet[Any], id: uuid.UUID) -> QuerySet[Any]:
        """Ask each column's index by itself whether it has the id: all at once, the database would read every row."""
        there = CreditTransaction.objects.all()
        if there.filter(user_id=id).exists():
            # What is a user's is all in this column, and in its order.
            return queryset.filter(user_id=id)
        columns = [Q((column, id)) for column in self.search_ids if column != "account_id"]
        columns.append(Q(account_type__in=AccountType.values, account_id=id))
        naming = [column for column in columns if there.filter(column).exists()]
        return queryset.filter(reduce(or_, naming)) if naming else queryset.none()

    @display(description="Type", label=TYPE_COLOURS)
    def type_label(self, entry: CreditTransaction) -> str:
        """Give each type its colour."""
        return entry.type

    @display(description="Amount")
    def signed_amount(self, entry: CreditTransaction) -> str:
        """Tell giving from taking at a glance."""
        return f"{entry.amount:+,}"

    def has_refund_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Let those give charges back who may add ledger rows."""
        return request.user.has_perm("credits.add_credittransaction")

    @action(description="Refund", url_path="refund", permissions=["refund"])
    def refund(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask how much of a charge to give back and why, and do it through the ledger."""
        charged = self.get_object(request, object_id)
        if charged is None:
            raise Http404
        by = request.user.get_username()

        def do(filled: dict[str, Any]) -> list[CreditTransaction]:
            key = filled.pop("key")
            entry = refund_by_staff(transaction_id=charged.id, by=by, idempotency_key=key, **filled)
            note_action(request, charged, charged.id, f"Refunded {entry.amount} credits: {filled['reason']}")
            return [entry]

        return ask_and_do(
            request,
            form_class=RefundForm,
            title=f"Refund {charged}",
            context=self.admin_site.each_context(request),
            do=do,
            back=reverse("admin:credits_credittransaction_change", args=[charged.id]),
        )


class ApiKeyChangeList(OwnedChangeList):
    """A page of keys without their hashes."""

    def get_results(self, request: HttpRequest) -> None:
        """Hide the hash of every key."""
        super().get_results(request)
        for key in self.result_list:
            hide_hash(key)


def hide_hash(key: ApiKeyCredits) -> ApiKeyCredits:
    """Put the key's id where its primary key is: Django writes that into addresses, boxes to tick and its history."""
    key.api_key = str(key.id)
    return key


@admin.register(ApiKeyCredits)
class ApiKeyAdmin(OwnedAdmin):
    """API keys by their id and prefix. The hash, which is the primary key, appears nowhere, addresses included."""

    actions = ["revoke"]
    list_display = ["name", "shown_prefix", "owner", "credits", "last_used_at", "expires_at", "revoked_at"]
    list_filter = [("revoked_at", admin.EmptyFieldListFilter), ("credits", admin.EmptyFieldListFilter)]
    readonly_fields = ["owner", "shown_prefix"]
    search_texts = ("name", "prefix")
    search_help_text = "E-mail address, name or id of the user; name, prefix or id of the key"
    fields = [
        "id", "name", "shown_prefix", "owner", "team_id", "credits", "daily_limit", "monthly_limit", "scopes",
        "created_at", "last_used_at", "expires_at", "revoked_at",
    ]  # fmt: skip

    @display(description="Prefix")
    def shown_prefix(self, key: ApiKeyCredits) -> str:
        """Show how the key begins."""
        return f"{key.prefix}…"

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ApiKeyChangeList]:
        return ApiKeyChangeList

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> ApiKeyCredits | None:
        """Find a key by its id."""
        id = parse_uuid(object_id)
        key = self.get_queryset(request).filter(id=id).first() if id else None
        return hide_hash(key) if key else None

    def response_action(self, request: HttpRequest, queryset: QuerySet[ApiKeyCredits]) -> HttpResponse | None:
        """Turn the selected ids back into primary keys, which is what Django selects by."""
        ids = [id for id in map(parse_uuid, request.POST.getlist(helpers.ACTION_CHECKBOX_NAME)) if id]
        posted = request.POST.copy()
        posted.setlist(helpers.ACTION_CHECKBOX_NAME, list(queryset.filter(id__in=ids).values_list("pk", flat=True)))
        request.POST = posted  # type: ignore[assignment]
        return super().response_action(request, queryset)

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        """Let those revoke keys who may change them."""
        return request.user.has_perm("credits.change_apikeycredits")

    @action(description="Revoke selected API keys", permissions=["revoke"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiKeyCredits]) -> None:
        """End keys at once, for good."""
        keys = list(queryset.filter(revoked_at=None))
        for key in keys:
            revoke_api_key(user_id=key.user_id, key_id=key.id)
            note_action(request, key, key.id, "Revoked.")
        messages.success(request, f"Revoked: {len(keys)}.")


@admin.register(Team)
class TeamAdmin(OwnedAdmin):
    """Teams and their balances."""

    owner_field = "owner_id"
    list_display = ["name", "owner", "credits", "created_at"]
    readonly_fields = ["owner"]
    fields = ["id", "name", "owner", "credits", "created_at", "updated_at"]
    search_texts = ("name",)
    search_help_text = "E-mail address, name or id of the owner; name or id of the team"
