"""A user's page with their money on it: last transactions, keys, daily use; and the button that grants credits."""

import uuid
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import cycle
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from unfold.decorators import action, display

from authbridge.shared.callers import Person
from authbridge.shared.errors import Conflict
from authbridge.staff import UserAdmin, note_action, shows_users
from credits.accounts import user_account
from credits.periods import start_of_day
from credits.selectors import entries_of, keys_of, spent_by_day
from credits.services.staff import explain_balance, grant_by_staff
from credits.staff_forms import GrantForm, ReasonForm, ask_and_do, total

NOTHING_TO_EXPLAIN = "There is nothing to explain: the rows add up to the balance."
EXPLAINED = "{amount:+,} credits explain the balance. None were moved."
DAYS_SHOWN = 30
ROWS_SHOWN = 10
COLOURS = ("#2563eb", "#16a34a", "#d97706", "#9333ea", "#dc2626", "#0891b2", "#64748b")
CHART_HEIGHT = 120
DAY_WIDTH = 20


@shows_users
class PayingUserAdmin(UserAdmin):
    """Users, with what the ledger knows of them."""

    fields = [*UserAdmin.fields, "daily_use", "last_transactions", "api_keys"]
    readonly_fields = [*UserAdmin.readonly_fields, "daily_use", "last_transactions", "api_keys"]
    actions_detail = ["grant", "explain"]

    @display(description="Last transactions")
    def last_transactions(self, user: Person) -> str:
        """Show the newest ledger rows."""
        rows = entries_of(user_account(user.id))[:ROWS_SHOWN]
        return render_to_string("credits/last_transactions.html", {"rows": rows})

    @display(description="API keys")
    def api_keys(self, user: Person) -> str:
        """Show the keys by name and prefix."""
        return render_to_string("credits/user_keys.html", {"keys": keys_of(user.id)[:ROWS_SHOWN]})

    @display(description=f"Use in the last {DAYS_SHOWN} days")
    def daily_use(self, user: Person) -> str:
        """Draw net use by day and operation."""
        return render_to_string("credits/daily_use.html", chart(daily_use(user.id)))

    def has_grant_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Let those give credits who may add ledger rows."""
        return request.user.has_perm("credits.add_credittransaction")

    @action(description="Grant credits", url_path="grant", permissions=["grant"])
    def grant(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask how much and why, and give it through the ledger."""
        user = self.somebody(request, object_id)

        def do(filled: dict[str, Any]) -> Any:
            key = filled.pop("key")
            entry = grant_by_staff(user_id=user.id, by=request.user.get_username(), idempotency_key=key, **filled)
            note_action(request, user, user.id, f"Granted {entry.amount} credits: {filled['reason']}")
            return [entry]

        return self.ask(request, user, form_class=GrantForm, title=f"Grant credits to {user.email}", do=do)

    @action(description="Explain balance", url_path="explain", permissions=["grant"])
    def explain(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask what SQL did to the balance, and write the row that accounts for it."""
        user = self.somebody(request, object_id)

        def do(filled: dict[str, Any]) -> Any:
            entries = explain_balance(
                account=user_account(user.id),
                reason=filled["reason"],
                by=request.user.get_username(),
                idempotency_key=filled["key"],
            )
            if not entries:
                raise Conflict(NOTHING_TO_EXPLAIN)
            note_action(request, user, user.id, f"Explained {total(entries):+} credits: {filled['reason']}")
            return entries

        return self.ask(
            request, user, form_class=ReasonForm, title=f"Explain the balance of {user.email}", do=do, told=EXPLAINED
        )

    def somebody(self, request: HttpRequest, object_id: str) -> Any:
        """Return the user whose page this is."""
        user = self.get_object(request, object_id)
        if user is None:
            raise Http404
        return user

    def ask(self, request: HttpRequest, user: Any, **asked: Any) -> HttpResponse:
        """Show a form about a user, and go back to their page when it was done."""
        back = reverse("admin:authbridge_user_change", args=[user.id])
        return ask_and_do(request, context=self.admin_site.each_context(request), back=back, **asked)


def daily_use(user_id: uuid.UUID) -> dict[str, dict[date, int]]:
    """Return net credits used of the user's own balance, by operation and UTC day, refunds counted on their day."""
    since = start_of_day() - timedelta(days=DAYS_SHOWN - 1)
    used: dict[str, dict[date, int]] = defaultdict(dict)
    for spent in spent_by_day(user_account(user_id), since=since):
        used[spent.operation or "other"][spent.day] = max(0, spent.credits)
    return dict(sorted(used.items()))


def chart(used: dict[str, dict[date, int]]) -> dict[str, Any]:
    """Turn daily use into stacked bars, ready to be drawn."""
    first = start_of_day().date() - timedelta(days=DAYS_SHOWN - 1)
    days = [first + timedelta(days=number) for number in range(DAYS_SHOWN)]
    highest = max(sum(by_day.get(day, 0) for by_day in used.values()) for day in days)
    colours = dict(zip(used, cycle(COLOURS), strict=False))
    bars = [bar for number, day in enumerate(days) for bar in stack(day, number * DAY_WIDTH, used, colours, highest)]
    size = {"width": DAYS_SHOWN * DAY_WIDTH, "height": CHART_HEIGHT}
    return {"bars": bars, "legend": colours.items(), "highest": highest, **size}


def stack(
    day: date, x: int, used: dict[str, dict[date, int]], colours: dict[str, str], highest: int
) -> Iterator[dict[str, Any]]:
    """Yield one day's bars, each upon the one before."""
    top = float(CHART_HEIGHT)
    for operation, by_day in used.items():
        if credits := by_day.get(day, 0):
            height = credits / highest * CHART_HEIGHT
            top -= height
            label = f"{day}: {credits} for {operation}"
            yield {"x": x, "y": top, "height": height, "colour": colours[operation], "label": label}
