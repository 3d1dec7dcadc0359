"""What belongs together: charges and their keys, each balance and the next."""

import secrets
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connections

from credits import triggers
from credits.models import CreditTransaction
from credits.proof.queries import ENTRIES, Problem, fetch, since, vendor
from credits.triggers.totals import BY_DAY

SAME_KEY = f"""
    SELECT account_type, account_id, idempotency_key, COUNT(*) FROM ({ENTRIES}) AS entries
    WHERE idempotency_key IS NOT NULL GROUP BY account_type, account_id, idempotency_key HAVING COUNT(*) > 1
    ORDER BY account_type, account_id, idempotency_key"""
# An answer is kept for a day, so a request cannot come again under its key, and be paid by another account, after two.
REPEATS_COME_WITHIN = timedelta(days=2)


def repeated_charges(moment: datetime | None) -> Iterator[Problem]:
    """Rule 3: one operation is charged at most once."""
    if vendor() == "sqlite" or not is_key_unique():
        for kind, id, key, times in fetch(SAME_KEY):
            yield Problem(3, f"{kind} {id} has {times} rows under the key {key}.", kind, id)
    begin = moment and moment - REPEATS_COME_WITHIN
    for kind, id, key, times in fetch(charged_twice(begin), begin):
        yield Problem(3, f"{times} accounts, {kind} {id} among them, paid under the key {key}.", kind, id)


def is_key_unique() -> bool:
    """Tell whether the database itself sees to it that no account has two rows under one key."""
    [wanted] = CreditTransaction._meta.constraints
    connection = connections[settings.AUTH_DB]
    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, CreditTransaction._meta.db_table)
    return any(each["unique"] and each["columns"] == list(wanted.fields) for each in found.values())  # type: ignore[attr-defined]


def charged_twice(moment: datetime | None) -> str:
    """Return the query for keys under which several accounts paid.

    Keys that begin with their operation are made here, from ids that are nobody else's: no two accounts pay under one.
    """
    return f"""
        SELECT MIN(account_type), MIN(account_id), idempotency_key, COUNT(*) FROM ({ENTRIES}) AS charges
        LEFT JOIN (
            SELECT refund_of AS refunded, SUM(amount) AS given FROM credit_transactions
            WHERE refund_of IS NOT NULL GROUP BY refund_of
        ) AS refunds ON refunded = id
        WHERE type = 'usage' AND amount + COALESCE(given, 0) < 0 AND {since(moment)}
            AND SUBSTR(idempotency_key, 1, LENGTH(operation) + 1) = operation || ':'
        GROUP BY idempotency_key HAVING COUNT(*) > 1 ORDER BY idempotency_key"""


def rewritten_history(moment: datetime | None) -> Iterator[Problem]:
    """Rule 5: rows are never changed or deleted, as far as what is left of them can tell."""
    for name in triggers.missing(triggers.KEEPING):
        yield Problem(5, f"The database does not protect the ledger: its trigger {name} is missing or disabled.")
    broken = uneven_hashes(moment) if vendor() == "postgresql" else uneven_visits(moment)
    for kind, id in fetch(broken, moment):
        yield Problem(5, f"Rows of {kind} {id} do not lead from one balance to the next: some are lost.", kind, id)


# Each row leads from one balance to the next. Where all rows are there, every balance but the last is left as often as
# it is reached, beginning with the first; so the order of the rows, and any clock, does not matter. The first balance
# is zero, or where rows are not looked at from the first on, what the totals of those before say.


def uneven_visits(moment: datetime | None) -> str:
    """Return the query for accounts of which rows are lost: balances are counted one by one."""
    return f"""
        WITH {complete(moment)}, visits AS (
            SELECT account_type, account_id, balance_after AS balance, 1 AS visits FROM entries
            UNION ALL SELECT account_type, account_id, balance_after - amount, -1 FROM entries
            UNION ALL SELECT account_type, account_id, first, 1 FROM complete
        ), uneven AS (
            SELECT account_type, account_id, balance FROM visits GROUP BY account_type, account_id, balance
            HAVING SUM(visits) <> 0
        )
        SELECT account_type, account_id FROM uneven JOIN complete USING (account_type, account_id)
        GROUP BY account_type, account_id HAVING COUNT(*) > 1 ORDER BY account_type, account_id"""


def uneven_hashes(moment: datetime | None) -> str:
    """Return the same query in one pass: hashes of balances reached less those left are the last's less the first's.

    Lost rows are overlooked by chance once in 2^63, and by another chance the next time.
    """
    seed = secrets.randbits(31)

    def hashed(balance: str) -> str:
        return f"hashint8extended(({balance})::bigint, {seed})::numeric"

    return f"""
        WITH {complete(moment, f"SUM({hashed('balance_after')} - {hashed('balance_after::bigint - amount')}) AS led")}
        SELECT account_type, account_id FROM complete
        WHERE led <> {hashed("first + moved")} - {hashed("first")} ORDER BY account_type, account_id"""


def complete(moment: datetime | None, *sums: str) -> str:
    """Return the rows looked at, and the accounts of which all of them tell a balance, with the first of those."""
    before = "false" if moment is None else "day < %(day)s"
    return f"""
        entries AS (SELECT * FROM ({ENTRIES}) AS entries WHERE {since(moment)}), complete AS (
            SELECT telling.*, COALESCE(earlier.amount, 0) AS first FROM (
                SELECT account_type, account_id, {", ".join(("SUM(amount) AS moved", *sums))} FROM entries
                GROUP BY account_type, account_id HAVING COUNT(*) = COUNT(balance_after)
            ) AS telling LEFT JOIN (
                SELECT account_type, account_id, SUM(amount) AS amount FROM {BY_DAY.table} WHERE {before}
                GROUP BY account_type, account_id
            ) AS earlier USING (account_type, account_id)
        )"""
