"""What was spent, from the totals that the database keeps of the ledger: no row is read."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Case, Sum, When

from credits.accounts import Account
from credits.models import DayTotal, KeyTotal, TransactionType
from credits.periods import start_of_day, start_of_month
from credits.selectors.entries import totals_of

SPENDING = (TransactionType.USAGE, TransactionType.REFUND)


@dataclass(frozen=True, slots=True)
class Spent:
    """What an account spent on an operation on a UTC day, net of that day's refunds, and in how many charges."""

    operation: str | None
    day: date
    credits: int
    charges: int


def spent_by_day(account: Account, *, since: datetime) -> Iterator[Spent]:
    """Yield what an account spent since the beginning of a day, by operation and day."""
    totals = totals_of(DayTotal, account, type__in=SPENDING, day__gte=since.date()).order_by()
    charges = Sum(Case(When(type=TransactionType.USAGE, then="entries"), default=0))
    by_day = totals.values_list("operation", "day").annotate(spent=-Sum("amount"), charges=charges)
    for operation, day, spent, count in by_day:
        yield Spent(operation or None, day, spent, count)


def usage_summary(account: Account, *, days: int) -> dict[str, Any]:
    """Return what was spent net of refunds, in all, by operation and by UTC day, today included."""
    by_operation: dict[str | None, dict[str, int]] = {}
    by_day: dict[date, int] = {}
    for spent in spent_by_day(account, since=start_of_day() - timedelta(days=days - 1)):
        sums = by_operation.setdefault(spent.operation, {"credits": 0, "count": 0})
        sums["credits"] += spent.credits
        sums["count"] += spent.charges
        by_day[spent.day] = by_day.get(spent.day, 0) + spent.credits
    operations = [{"operation": operation, **sums} for operation, sums in by_operation.items()]
    return {
        "days": days,
        "total": sum(by_day.values()),
        "by_operation": sorted(operations, key=lambda row: (-row["credits"], row["operation"] or "")),
        "by_day": [{"date": day.isoformat(), "credits": credits} for day, credits in sorted(by_day.items())],
    }


def spent_with_key(key_id: uuid.UUID) -> tuple[int, int]:
    """Return what calls with a key cost in this UTC day and in this month, net of refunds, whoever paid."""
    today, month = start_of_day().date(), start_of_month().date()
    by_day = dict(KeyTotal.objects.filter(api_key_id=key_id, day__gte=month).values_list("day", "amount"))
    return -by_day.get(today, 0), -sum(by_day.values())
