"""The money rules, checked over everything that is stored: one set-based query each, on both kinds of database.

A charge is one statement, so each query sees every movement wholly or not at all, whatever goes on beside it. A row
without an account, as the site inserts them, is its user's.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import connections

from credits.append_only import TRIGGERS
from credits.models import AccountType

BALANCES = """
    SELECT 'user' AS account_type, CAST(id AS text) AS account_id, credits AS balance FROM users
    UNION ALL SELECT 'api_key', CAST(id AS text), credits FROM api_key_credits
    UNION ALL SELECT 'team', CAST(id AS text), credits FROM teams"""
ENTRIES = """
    SELECT COALESCE(account_type, 'user') AS account_type, COALESCE(account_id, CAST(user_id AS text)) AS account_id,
        amount, balance_after, CAST(id AS text) AS id, type, operation, idempotency_key, refund_of
    FROM credit_transactions"""

# PostgreSQL's columns hold whole numbers; SQLite's hold what they are given.
NOT_WHOLE = f"""
    SELECT account_type, account_id, balance FROM (
        {BALANCES} UNION ALL SELECT account_type, account_id, amount FROM ({ENTRIES}) AS moved
        UNION ALL SELECT account_type, account_id, balance_after FROM ({ENTRIES}) AS reached
    ) AS seen WHERE balance <> CAST(balance AS bigint) ORDER BY account_type, account_id"""
COUNTS = f"SELECT (SELECT COUNT(*) FROM ({BALANCES}) AS balances), (SELECT COUNT(*) FROM credit_transactions)"
BELOW_ZERO = f"""
    SELECT account_type, account_id, MIN(balance) FROM (
        {BALANCES} UNION ALL SELECT account_type, account_id, balance_after FROM ({ENTRIES}) AS entries
    ) AS seen WHERE balance < 0 GROUP BY account_type, account_id ORDER BY account_type, account_id"""
UNEXPLAINED = f"""
    SELECT account_type, account_id, SUM(balance), SUM(amount), SUM(entries), SUM(holders) FROM (
        SELECT account_type, account_id, COALESCE(balance, 0) AS balance, 0 AS amount, 0 AS entries, 1 AS holders
        FROM ({BALANCES}) AS balances
        UNION ALL SELECT account_type, account_id, 0, SUM(amount), COUNT(*), 0
        FROM ({ENTRIES}) AS entries GROUP BY account_type, account_id
    ) AS both_sides GROUP BY account_type, account_id HAVING SUM(balance) <> SUM(amount)
    ORDER BY account_type, account_id"""
SAME_KEY = f"""
    SELECT account_type, account_id, idempotency_key, COUNT(*) FROM ({ENTRIES}) AS entries
    WHERE idempotency_key IS NOT NULL GROUP BY account_type, account_id, idempotency_key HAVING COUNT(*) > 1
    ORDER BY account_type, account_id, idempotency_key"""
# Keys that begin with their operation are made here, from ids that are nobody else's: no two accounts pay under one.
CHARGED_TWICE = f"""
    SELECT MIN(account_type), MIN(account_id), idempotency_key, COUNT(*) FROM ({ENTRIES}) AS charges
    LEFT JOIN (
        SELECT refund_of AS refunded, SUM(amount) AS given FROM credit_transactions GROUP BY refund_of
    ) AS refunds ON refunded = id
    WHERE type = 'usage' AND amount + COALESCE(given, 0) < 0
        AND SUBSTR(idempotency_key, 1, LENGTH(operation) + 1) = operation || ':'
    GROUP BY idempotency_key HAVING COUNT(*) > 1 ORDER BY idempotency_key"""
# Each row leads from one balance to the next. Where all rows are there, every balance but the last is left as often
# as it is reached, beginning with zero; so the order of the rows, and any clock, does not matter.
BROKEN_CHAINS = f"""
    WITH complete AS (
        SELECT account_type, account_id FROM ({ENTRIES}) AS entries
        GROUP BY account_type, account_id HAVING COUNT(*) = COUNT(balance_after)
    ), visits AS (
        SELECT account_type, account_id, balance_after AS balance, 1 AS visits FROM ({ENTRIES}) AS reached
        UNION ALL SELECT account_type, account_id, balance_after - amount, -1 FROM ({ENTRIES}) AS left_behind
        UNION ALL SELECT account_type, account_id, 0, 1 FROM complete
    ), uneven AS (
        SELECT account_type, account_id, balance FROM visits GROUP BY account_type, account_id, balance
        HAVING SUM(visits) <> 0
    )
    SELECT account_type, account_id, COUNT(*) FROM uneven JOIN complete USING (account_type, account_id)
    GROUP BY account_type, account_id HAVING COUNT(*) > 1 ORDER BY account_type, account_id"""
TOO_MUCH_REFUNDED = f"""
    SELECT MIN(refunds.account_type), MIN(refunds.account_id), refunds.refund_of, SUM(refunds.amount),
        MAX(COALESCE(-charges.amount, 0))
    FROM ({ENTRIES}) AS refunds LEFT JOIN ({ENTRIES}) AS charges
        ON charges.id = refunds.refund_of AND charges.type = 'usage'
    WHERE refunds.refund_of IS NOT NULL GROUP BY refunds.refund_of
    HAVING SUM(refunds.amount) > MAX(COALESCE(-charges.amount, 0)) ORDER BY refunds.refund_of"""
ACTIVE_TRIGGERS = {
    "postgresql": "SELECT tgname FROM pg_trigger"
    " WHERE tgrelid = 'credit_transactions'::regclass AND tgenabled IN ('O', 'A')",
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'credit_transactions'",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """A money rule that does not hold somewhere; `difference` is by how many credits, where that can be said."""

    rule: int
    message: str
    account_type: str | None = None
    account_id: str | None = None
    difference: int | float | None = None


@dataclass(slots=True)
class Verification:
    """What was looked at and what was found. `unopened` accounts have credits and no row until their first movement."""

    accounts: int
    rows: int
    unopened: int
    problems: list[Problem]


def verify() -> Verification:
    """Check rules 1, 2, 3, 5 and 6 over everything."""
    [(accounts, rows)] = fetch(COUNTS)
    differences = fetch(UNEXPLAINED)
    return Verification(
        accounts=accounts,
        rows=rows,
        unopened=sum(is_unopened(entries) for *_, entries, _ in differences),
        problems=[
            *parts_of_credits(),
            *negative_balances(),
            *unexplained_balances(differences),
            *repeated_charges(),
            *rewritten_history(),
            *excessive_refunds(),
        ],
    )


def is_unopened(entries: int) -> bool:
    """Tell whether an account's credits are older than its first row, which will explain them."""
    return entries == 0


def parts_of_credits() -> Iterator[Problem]:
    """Under rule 1, too: credits are whole numbers, in balances and in rows."""
    for kind, id, number in fetch(NOT_WHOLE):
        yield Problem(1, f"{kind} {id} has {number} in its balance or in a row, which is no whole number.", kind, id)


def negative_balances() -> Iterator[Problem]:
    """Rule 1: a balance is never below zero, nor was it ever."""
    for kind, id, lowest in fetch(BELOW_ZERO):
        yield Problem(1, f"{kind} {id} is or was at {lowest} credits.", kind, id, as_number(lowest))


def unexplained_balances(differences: list[tuple[Any, ...]]) -> Iterator[Problem]:
    """Rule 2: rows add up to their account's balance. Users who are gone have rows and no balance any more."""
    for kind, id, balance, amount, entries, holders in differences:
        is_gone = kind == AccountType.USER and not holders
        if not is_unopened(entries) and not is_gone:
            difference = as_number(balance - amount)
            which = "too many" if difference > 0 else "too few"
            sentence = f"{kind} {id} holds {balance} credits and its rows add up to {amount}"
            yield Problem(2, f"{sentence}: {abs(difference)} {which}.", kind, id, difference)


def repeated_charges() -> Iterator[Problem]:
    """Rule 3: one operation is charged at most once."""
    for kind, id, key, times in fetch(SAME_KEY):
        yield Problem(3, f"{kind} {id} has {times} rows under the key {key}.", kind, id)
    for kind, id, key, times in fetch(CHARGED_TWICE):
        yield Problem(3, f"{times} accounts, {kind} {id} among them, paid under the key {key}.", kind, id)


def rewritten_history() -> Iterator[Problem]:
    """Rule 5: rows are never changed or deleted, as far as what is left of them can tell."""
    for name in missing_triggers():
        yield Problem(5, f"The database does not protect the ledger: its trigger {name} is missing or disabled.")
    for kind, id, _ in fetch(BROKEN_CHAINS):
        yield Problem(5, f"Rows of {kind} {id} do not lead from one balance to the next: some are lost.", kind, id)


def missing_triggers() -> list[str]:
    """Return the triggers that should keep the ledger and do not."""
    vendor = connections[settings.AUTH_DB].vendor
    active = {name for (name,) in fetch(ACTIVE_TRIGGERS[vendor])}
    return sorted(set(TRIGGERS[vendor]) - active)


def excessive_refunds() -> Iterator[Problem]:
    """Rule 6: refunds of one charge never add up to more than the charge."""
    for kind, id, charge, given, taken in fetch(TOO_MUCH_REFUNDED):
        sentence = f"{kind} {id} was given {given} credits back of the charge {charge}, which took {taken}."
        yield Problem(6, sentence, kind, id, as_number(given - taken))


def as_number(value: Any) -> int | float:
    """Return a sum as a whole number, which it is wherever credits are."""
    return int(value) if value == int(value) else float(value)


def fetch(sql: str) -> list[tuple[Any, ...]]:
    """Run one query on the user database."""
    with connections[settings.AUTH_DB].cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall()
