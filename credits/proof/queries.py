"""What all proofs are made of: balances and rows as SQL, and the run of one query.

A charge is one statement, so each query sees every movement wholly or not at all, whatever goes on beside it. A row
without an account, as the site inserts them, is its user's.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connections

from authbridge.shared.model_fields import as_parameter

BALANCES = """
    SELECT 'user' AS account_type, CAST(id AS text) AS account_id, credits AS balance FROM users
    UNION ALL SELECT 'api_key', CAST(id AS text), credits FROM api_key_credits
    UNION ALL SELECT 'team', CAST(id AS text), credits FROM teams"""
ENTRIES = """
    SELECT COALESCE(account_type, 'user') AS account_type, COALESCE(account_id, CAST(user_id AS text)) AS account_id,
        amount, balance_after, CAST(id AS text) AS id, type, operation, idempotency_key, refund_of, created_at,
        user_id AS answerable
    FROM credit_transactions"""


@dataclass(frozen=True, slots=True)
class Problem:
    """A money rule that does not hold somewhere, or a total that its rows do not add up to, which is under no rule.

    `difference` is by how many credits, where that can be said.
    """

    rule: int | None
    message: str
    account_type: str | None = None
    account_id: str | None = None
    difference: int | float | None = None


def vendor() -> str:
    """Return which kind of database holds the ledger."""
    return connections[settings.AUTH_DB].vendor


def since(moment: datetime | None, column: str = "created_at") -> str:
    """Return the condition that a time is not before this one; it is `%(since)s` of the query."""
    return "true" if moment is None else f"{column} >= %(since)s"


def fetch(sql: str, moment: datetime | None = None, **others: datetime) -> list[tuple[Any, ...]]:
    """Run one query on the user database, with a moment as `%(since)s` where there is one, and its day as `%(day)s`.

    Other moments are parameters of the query, too, by their names.
    """
    connection = connections[settings.AUTH_DB]
    moments = {**({"since": moment} if moment else {}), **others}
    parameters: dict[str, Any] = {name: as_parameter(at, connection) for name, at in moments.items()}
    if moment:
        parameters["day"] = moment.date().isoformat()
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters or None)
        return cursor.fetchall()


def as_number(value: Any) -> int | float:
    """Return a sum as a whole number, which it is wherever credits are."""
    return int(value) if value == int(value) else float(value)
