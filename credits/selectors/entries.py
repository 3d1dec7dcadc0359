"""Reads of the ledger."""

import logging
import uuid
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db import connections
from django.db.models import Case, Count, Q, QuerySet, Subquery, Sum, When

from authbridge.shared.ids import as_sql
from credits.accounts import Account
from credits.models import AccountType, CreditTransaction, TransactionType
from credits.periods import UtcDay, start_of_day

logger = logging.getLogger(__name__)

ROWS_AT_ONCE = 500
SETTLED_AFTER = timedelta(hours=1)
MOST_COUNTED_AFRESH = 2_000
# Every balance is left as often as it is reached, from zero to what is there now: these are not.
UNEVEN = """
    SELECT balance, CAST(SUM(visits) AS integer) FROM (
        SELECT balance_after AS balance, 1 AS visits FROM credit_transactions
        WHERE account_type = %(account_type)s AND account_id = %(account_id)s
        UNION ALL SELECT balance_after - amount, -1 FROM credit_transactions
        WHERE account_type = %(account_type)s AND account_id = %(account_id)s
        UNION ALL SELECT 0, 1 UNION ALL SELECT %(balance)s, -1
    ) AS visited GROUP BY balance HAVING SUM(visits) <> 0 ORDER BY balance"""
SPENDING = (TransactionType.USAGE, TransactionType.REFUND)


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
    return rows.order_by("-created_at", "-id")


class AccountEntries:
    """An account's rows as something to page through, newest first; narrowed by the filters of `entries_of`."""

    def __init__(self, account: Account, **filters: Any) -> None:
        self.account = account
        self.is_narrowed = any(value is not None for value in filters.values())
        self.rows = entries_of(account, **filters)

    def __len__(self) -> int:
        return self.rows.count() if self.is_narrowed else count_entries(self.account)

    def __getitem__(self, window: slice) -> list[CreditTransaction]:
        return list(self.rows[window])

    def values(self, columns: Sequence[str]) -> Iterator[tuple[Any, ...]]:
        """Yield these columns of all rows, some hundred by each query, which goes on by key where the last ended.

        Between them nothing is held, neither a connection nor a snapshot: rows are never changed, and new ones are
        newer than where this began.
        """
        wanted = self.rows.values_list(*columns, "id")
        last: uuid.UUID | None = None
        while True:
            rows = wanted if last is None else wanted.filter(comes_after(last))
            part = list(rows[:ROWS_AT_ONCE])
            for row in part:
                yield row[:-1]
            if len(part) < ROWS_AT_ONCE:
                return
            last = part[-1][-1]


def comes_after(id: uuid.UUID) -> Q:
    """Return the condition that a row comes after this one in the order of lists: older, or its id lower."""
    # Not the time as Python has it: SQLite compares texts, and writes a time in more than one way.
    created_at = Subquery(CreditTransaction.objects.filter(id=id).values("created_at")[:1])
    return Q(created_at__lte=created_at) & (Q(created_at__lt=created_at) | Q(id__lt=id))


def count_entries(account: Account) -> int:
    """Return how many rows an account has; where they are many, only those are counted that came since the last time.

    Rows are appended in order of time and never removed, and an hour later none is still being committed: an older
    count stays true.
    """
    name = name_of_count(account.type, account.id)
    counted_until, counted = recall(name)
    since_then = entries_of(account, since=counted_until).count()
    settled_until = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - SETTLED_AFTER
    if since_then > MOST_COUNTED_AFRESH and (counted_until is None or counted_until < settled_until):
        settled = counted + since_then - entries_of(account, since=settled_until).count()
        remember(name, settled_until, settled)
    return counted + since_then


def recall(name: str) -> tuple[datetime | None, int]:
    """Return until when rows were counted, and how many; nothing where the cache has forgotten or does not answer."""
    try:
        known: tuple[datetime | None, int] = cache.get(name, (None, 0))
    except Exception:
        logger.warning("Counts cannot be recalled: the cache does not answer.", exc_info=True)
        return None, 0
    return known


def remember(name: str, counted_until: datetime, counted: int) -> None:
    """Keep a count; without the cache the next one takes longer."""
    try:
        cache.set(name, (counted_until, counted), timeout=None)
    except Exception:
        logger.warning("Counts cannot be remembered: the cache does not answer.", exc_info=True)


def forget_counts() -> None:
    """Forget how many rows accounts have, because the ledger itself goes: a new one would be counted on top of it."""
    per_account = CreditTransaction.objects.order_by().values_list("account_type", "account_id")
    counted = per_account.annotate(rows=Count("id")).filter(rows__gt=MOST_COUNTED_AFRESH)
    names = [name_of_count(type, id) for type, id, _ in counted]
    try:
        cache.delete_many(names)
    except Exception:
        logger.warning("Counts cannot be forgotten: the cache does not answer.", exc_info=True)


def name_of_count(account_type: str, account_id: uuid.UUID) -> str:
    """Return the name under which an account's rows are counted."""
    return f"entries:{account_type}:{account_id}"


def spent_with_key(key_id: uuid.UUID, *, since: datetime) -> int:
    """Return what a key has spent since then, net of refunds, whoever paid."""
    rows = CreditTransaction.objects.filter(api_key_id=key_id, type__in=SPENDING, created_at__gte=since)
    return -(rows.aggregate(sum=Sum("amount"))["sum"] or 0)


def entries_by(user_id: uuid.UUID) -> QuerySet[CreditTransaction]:
    """Return all rows that a person caused or is answerable for, whichever account they moved, newest first."""
    return CreditTransaction.objects.filter(user_id=user_id).order_by("-created_at", "-id")


def sum_of_entries(user_id: uuid.UUID) -> tuple[int, int]:
    """Return what the rows of a user's own account add up to, and how many they are."""
    own = Q(account_type=AccountType.USER, account_id=user_id) | Q(account_type=None, user_id=user_id)
    found = CreditTransaction.objects.filter(own).aggregate(sum=Sum("amount"), rows=Count("id"))
    return found["sum"] or 0, found["rows"]


def find_entry(account: Account, idempotency_key: str) -> CreditTransaction | None:
    """Return the account's row under an idempotency key."""
    return entries_of(account).filter(idempotency_key=idempotency_key).first()


def usage_summary(account: Account, *, days: int) -> dict[str, Any]:
    """Return what was spent net of refunds, in all, by operation and by UTC day, today included."""
    since = start_of_day() - timedelta(days=days - 1)
    rows = entries_of(account).filter(type__in=SPENDING, created_at__gte=since).order_by()
    by_operation = rows.values("operation").annotate(
        spent=-Sum("amount"), charges=Count(Case(When(type=TransactionType.USAGE, then=1)))
    )
    by_day = rows.annotate(day=UtcDay("created_at")).values("day").annotate(spent=-Sum("amount"))
    operations = [
        {"operation": row["operation"], "credits": row["spent"], "count": row["charges"]} for row in by_operation
    ]
    return {
        "days": days,
        "total": sum(row["credits"] for row in operations),
        "by_operation": sorted(operations, key=lambda row: (-row["credits"], row["operation"] or "")),
        "by_day": [{"date": as_date(row["day"]), "credits": row["spent"]} for row in by_day.order_by("day")],
    }


def as_date(value: date | datetime) -> str:
    """Write a day as the contract does."""
    return value.strftime("%Y-%m-%d")


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
