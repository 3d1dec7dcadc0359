"""Reads of the ledger."""

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar

from django.conf import settings
from django.db import connections
from django.db.models import Count, Q, QuerySet, Subquery, Sum, TextField
from django.db.models.functions import Cast

from authbridge.shared.ids import as_sql
from credits.accounts import Account, user_account
from credits.free_text import is_erased
from credits.models import CreditTransaction, DayTotal, QuarterTotal, TransactionType
from credits.periods import DAY, QUARTER, start_of

ROWS_AT_ONCE = 500
KeptTotal = TypeVar("KeptTotal", DayTotal, QuarterTotal)
# Every balance is left as often as it is reached, from zero to what is there now: these are not.
UNEVEN = """
    SELECT balance, CAST(SUM(visits) AS integer) FROM (
        SELECT balance_after AS balance, 1 AS visits FROM credit_transactions
        WHERE account_type = %(account_type)s AND account_id = %(account_id)s
        UNION ALL SELECT balance_after - amount, -1 FROM credit_transactions
        WHERE account_type = %(account_type)s AND account_id = %(account_id)s
        UNION ALL SELECT 0, 1 UNION ALL SELECT %(balance)s, -1
    ) AS visited GROUP BY balance HAVING SUM(visits) <> 0 ORDER BY balance"""


@dataclass(frozen=True, slots=True)
class Level:
    """Totals by a period, of which `column` says when it began."""

    model: Any
    column: str
    period: timedelta

    def totals(self, account: Account, first: datetime | None, last: datetime | None, **kind: Any) -> QuerySet[Any]:
        """Return an account's totals of the periods from `first` to before `last`."""
        is_day = self.period == DAY
        begin, end = ((moment.date() if is_day else moment) if moment else None for moment in (first, last))
        return totals_of(self.model, account, **{f"{self.column}__gte": begin, f"{self.column}__lt": end}, **kind)


LEVELS = (Level(DayTotal, "day", DAY), Level(QuarterTotal, "quarter", QUARTER))


def entries_of(
    account: Account,
    *,
    type: str | None = None,
    operation: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> QuerySet[CreditTransaction]:
    """Return an account's rows from `since` to before `until`, newest first."""
    narrowed = {"type": type, "operation": operation, "created_at__gte": since, "created_at__lt": until}
    rows = CreditTransaction.objects.filter(account_type=account.type, account_id=account.id)
    rows = rows.filter(**{field: value for field, value in narrowed.items() if value is not None})
    if type not in (None, TransactionType.USAGE):
        # SQLite takes an index on some of the rows only where their condition stands in the query.
        rows = rows.exclude(type=TransactionType.USAGE)
    return rows.order_by("-created_at", "-id")


class AccountEntries:
    """An account's rows as something to page through, newest first; narrowed by the filters of `entries_of`."""

    def __init__(self, account: Account, **filters: Any) -> None:
        self.account, self.filters = account, filters
        self.rows = entries_of(account, **filters)

    def __len__(self) -> int:
        return count_entries(self.account, **self.filters)

    def __getitem__(self, window: slice) -> list[CreditTransaction]:
        return list(self.rows[window])

    def values(self, columns: Sequence[str]) -> Iterator[tuple[Any, ...]]:
        """Yield these columns of all rows, some hundred by each query, which goes on by key where the last ended.

        Between them nothing is held, neither a connection nor a snapshot: rows are never changed, and new ones are
        newer than where this began.
        """
        return all_values(self.rows, columns)


def all_values(newest_first: QuerySet[Any], columns: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    """Yield columns of all rows of a table that only grows, as `AccountEntries.values` does."""
    wanted = newest_first.values_list(*columns, "id")
    last: uuid.UUID | None = None
    while True:
        rows = wanted if last is None else wanted.filter(comes_after(last, newest_first.model))
        part = list(rows[:ROWS_AT_ONCE])
        for row in part:
            yield row[:-1]
        if len(part) < ROWS_AT_ONCE:
            return
        last = part[-1][-1]


def comes_after(id: uuid.UUID, model: Any = CreditTransaction) -> Q:
    """Return the condition that a row comes after this one in the order of lists: older, or its id lower."""
    # Not the time as Python has it: SQLite compares texts, and writes a time in more than one way.
    created_at = Subquery(model.objects.filter(id=id).values("created_at")[:1])
    return Q(created_at__lte=created_at) & (Q(created_at__lt=created_at) | Q(id__lt=id))


def count_entries(
    account: Account,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    levels: Sequence[Level] = LEVELS,
    **kind: Any,
) -> int:
    """Return how many rows `entries_of` would: whole days and quarters of an hour by their totals, the rest by rows.

    The first level counts what it has whole totals of, and the finer ones what is left at both ends.
    """
    if not levels:
        return entries_of(account, since=since, until=until, **kind).count()
    level, *finer = levels
    rest = partial(count_entries, account, levels=finer, **kind)
    first = since and start_of(level.period, since + level.period - datetime.resolution)
    last = until and start_of(level.period, until)
    if first and last and first >= last:
        return rest(since=since, until=until)
    before = rest(since=since, until=first) if since != first else 0
    after = rest(since=last, until=until) if until != last else 0
    return before + entries_in(level.totals(account, first, last, **kind)) + after


def totals_of(model: type[KeptTotal], account: Account, **filters: Any) -> QuerySet[KeptTotal]:
    """Return what an account's rows add up to, narrowed by what is not None."""
    narrowed = {field: value for field, value in filters.items() if value is not None}
    return model.objects.filter(account_type=account.type, account_id=account.id, **narrowed)


def entries_in(totals: QuerySet[Any]) -> int:
    """Return how many rows were added up."""
    return totals.aggregate(rows=Sum("entries"))["rows"] or 0


def entries_by(user_id: uuid.UUID) -> QuerySet[CreditTransaction]:
    """Return all rows that a person caused or is answerable for, whichever account they moved, newest first."""
    return CreditTransaction.objects.filter(user_id=user_id).order_by("-created_at", "-id")


def rows_with_text(user_id: uuid.UUID) -> Iterator[list[uuid.UUID]]:
    """Yield the ids of a person's rows whose free text is there, some hundred by each query, newest first."""
    rows = entries_by(user_id).filter(metadata__isnull=False).annotate(text=Cast("metadata", TextField()))
    wanted = rows.values_list("id", "text")
    part = list(wanted[:ROWS_AT_ONCE])
    while part:
        if ids := [id for id, text in part if not is_erased(text)]:
            yield ids
        part = list(wanted.filter(comes_after(part[-1][0]))[:ROWS_AT_ONCE])


def sum_of_entries(user_id: uuid.UUID) -> tuple[int, int]:
    """Return what the rows of a user's own account add up to, and how many they are."""
    found = totals_of(DayTotal, user_account(user_id)).aggregate(sum=Sum("amount"), rows=Sum("entries"))
    return found["sum"] or 0, found["rows"] or 0


def find_entry(account: Account, idempotency_key: str) -> CreditTransaction | None:
    """Return the account's row under an idempotency key."""
    return entries_of(account).filter(idempotency_key=idempotency_key).first()


def gaps_of(account: Account, balance: Any) -> list[tuple[Any, Any]]:
    """Return where a balance went past the ledger: at what its rows left it, and at what they found it again.

    Rows that tell no balance, as the site writes them, do not tell where either: then all of it is one gap, at the end.
    """
    seen = entries_of(account).order_by().aggregate(sum=Sum("amount"), rows=Count("id"), telling=Count("balance_after"))
    if seen["rows"] != seen["telling"] or not seen["rows"]:
        return [(seen["sum"], balance)] if seen["rows"] and seen["sum"] != balance else []
    with connections[settings.AUTH_DB].cursor() as cursor:
        cursor.execute(UNEVEN, {"account_type": account.type, "account_id": as_sql(account.id), "balance": balance})
        uneven = cursor.fetchall()
    left_at = [at for at, visits in uneven for _ in range(visits)]
    found_at = [at for at, visits in uneven for _ in range(-visits)]
    return list(zip(left_at, found_at, strict=True))
