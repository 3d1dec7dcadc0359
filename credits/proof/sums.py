"""Sums, totals and shapes: rows add up to totals, totals to balances, and each is a whole number of credits.

Rows are read once, as far as they are looked at, and compared with the totals by quarter of an hour; all else is proved
from those.
"""

import secrets
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from credits import triggers
from credits.models import AccountType
from credits.proof.queries import BALANCES, ENTRIES, Problem, as_number, fetch, since, vendor
from credits.triggers.totals import BY_DAY, BY_KEY, BY_QUARTER, IN_SQLITE, IN_ZONE, ROWS_OF_KEYS, Totals, times_of_rows

# As much of a hash as can be multiplied by any amount.
MASK = 2**31 - 1

UNEXPLAINED = f"""
    SELECT account_type, account_id, SUM(balance), SUM(amount), SUM(entries), SUM(holders) FROM (
        SELECT account_type, account_id, COALESCE(balance, 0) AS balance, 0 AS amount, 0 AS entries, 1 AS holders
        FROM ({BALANCES}) AS balances
        UNION ALL SELECT account_type, account_id, 0, SUM(amount), {{count}}, 0
        FROM ({{entries}}) AS entries GROUP BY account_type, account_id
    ) AS both_sides GROUP BY account_type, account_id HAVING SUM(balance) <> SUM(amount)
    ORDER BY account_type, account_id"""
BY_TOTALS = UNEXPLAINED.format(entries=f"SELECT * FROM {BY_DAY.table}", count="SUM(entries)")
BY_ROWS = UNEXPLAINED.format(entries=ENTRIES, count="COUNT(*)")
HOW_MANY = f"""
    SELECT (SELECT COUNT(*) FROM ({BALANCES}) AS balances),
        (SELECT COALESCE(SUM(entries), 0) FROM {BY_DAY.table})"""


def parts_of_credits(moment: datetime | None) -> Iterator[Problem]:
    """Under rule 1, too: credits are whole numbers, in balances and in rows. PostgreSQL's columns hold nothing else."""
    if vendor() == "postgresql":
        return
    entries = f"SELECT * FROM ({ENTRIES}) AS entries WHERE {since(moment)}"
    sql = f"""
        SELECT account_type, account_id, balance FROM (
            {BALANCES} UNION ALL SELECT account_type, account_id, amount FROM ({entries}) AS moved
            UNION ALL SELECT account_type, account_id, balance_after FROM ({entries}) AS reached
        ) AS seen WHERE balance <> CAST(balance AS bigint) ORDER BY account_type, account_id"""
    for kind, id, number in fetch(sql, moment):
        yield Problem(1, f"{kind} {id} has {number} in its balance or in a row, which is no whole number.", kind, id)


def negative_balances(moment: datetime | None) -> Iterator[Problem]:
    """Rule 1: a balance is never below zero, nor was it ever."""
    sql = f"""
        SELECT account_type, account_id, MIN(balance) FROM (
            {BALANCES} UNION ALL SELECT account_type, account_id, balance_after FROM ({ENTRIES}) AS entries
            WHERE balance_after < 0 AND {since(moment)}
        ) AS seen WHERE balance < 0 GROUP BY account_type, account_id ORDER BY account_type, account_id"""
    for kind, id, lowest in fetch(sql, moment):
        yield Problem(1, f"{kind} {id} is or was at {lowest} credits.", kind, id, as_number(lowest))


def differences(*, are_totals_right: bool) -> list[tuple[Any, ...]]:
    """Return the accounts whose balance is not what their rows add up to, by the rows where totals cannot tell.

    Each is type, id, balance, sum, rows, and whether anybody holds that balance.
    """
    suspects = fetch(BY_TOTALS)
    return fetch(BY_ROWS) if suspects or not are_totals_right else []


def is_unopened(entries: int) -> bool:
    """Tell whether an account's credits are older than its first row, which will explain them."""
    return entries == 0


def unexplained_balances(found: list[tuple[Any, ...]]) -> Iterator[Problem]:
    """Rule 2: rows add up to their account's balance. Users who are gone have rows and no balance any more."""
    for kind, id, balance, amount, entries, holders in found:
        is_gone = kind == AccountType.USER and not holders
        if not is_unopened(entries) and not is_gone:
            difference = as_number(balance - amount)
            which = "too many" if difference > 0 else "too few"
            sentence = f"{kind} {id} holds {balance} credits and its rows add up to {amount}"
            yield Problem(2, f"{sentence}: {abs(difference)} {which}.", kind, id, difference)


def wrong_totals(moment: datetime | None) -> Iterator[Problem]:
    """Totals are what their rows add up to, and go on being kept."""
    for name in triggers.missing(triggers.TOTALLING):
        yield Problem(None, f"The database does not add up new rows: its trigger {name} is missing or disabled.")
    if vendor() == "postgresql" and fingerprints_agree(moment):
        return
    rows = BY_QUARTER.counted(times_of_rows(), since(moment))
    for kind, id, times in compared(BY_QUARTER, rows, since(moment, "quarter"), ("account_type", "account_id"), moment):
        yield Problem(None, f"Totals of {kind} {id} are not what its rows add up to, in {times} places.", kind, id)
    for kind, id, times in compared(BY_DAY, rolled_up(BY_DAY), "true", ("account_type", "account_id")):
        yield Problem(None, f"Totals of {kind} {id} by day are wrong in {times} places.", kind, id)
    for id, times in compared(BY_KEY, rolled_up(BY_KEY), "true", ("api_key_id",)):
        yield Problem(None, f"What the API key {id} has used is wrong for {times} days.", AccountType.API_KEY, id)


def fingerprints_agree(moment: datetime | None) -> bool:
    """Tell whether rows have the fingerprint of the totals by quarter of an hour, and those that of the others.

    Then no total is wrong, and none need be counted, which takes many times as long. What is wrong is overlooked by
    chance once in 2^30, and by another chance the next time.
    """
    seed, weight = secrets.randbits(31), secrets.randbits(30)
    kept = f"(amount + entries * {weight})::numeric"
    rows = added_up(f"amount::bigint + {weight}", BY_QUARTER.values(times_of_rows()), seed)
    quarters = [added_up(kept, BY_QUARTER.keys, seed, since(moment, "quarter"))]
    quarters += [added_up(kept, keys_of_quarters(each), seed, condition_of_quarters(each)) for each in (BY_DAY, BY_KEY)]
    return fetch(
        f"""
        SELECT by_quarter IS NOT DISTINCT FROM (SELECT {rows} FROM credit_transactions WHERE {since(moment)})
            AND by_day IS NOT DISTINCT FROM (SELECT {added_up(kept, BY_DAY.keys, seed)} FROM {BY_DAY.table})
            AND by_key IS NOT DISTINCT FROM (SELECT {added_up(kept, BY_KEY.keys, seed)} FROM {BY_KEY.table})
        FROM (
            SELECT {quarters[0]} AS by_quarter, {quarters[1]} AS by_day, {quarters[2]} AS by_key
            FROM {BY_QUARTER.table}
        ) AS quarters""",
        moment,
    ) == [(True,)]


def added_up(weight: str, keys: Sequence[str], seed: int, condition: str = "true") -> str:
    """Return the sum over rows of each one's weight times a hash of what it is about."""
    hashed = f"hash_record_extended(ROW({', '.join(keys)}), {seed}) & {MASK}"
    return f"SUM(({weight}) * ({hashed})) FILTER (WHERE {condition})"


def keys_of_quarters(totals: Totals) -> list[str]:
    """Return what other totals are about, said of a total by quarter of an hour."""
    day = (IN_SQLITE if vendor() == "sqlite" else IN_ZONE)["day"].format(row="").replace("created_at", "quarter")
    return [day if key == "day" else key for key in totals.keys]


def condition_of_quarters(totals: Totals) -> str:
    """Return which totals by quarter of an hour count for others."""
    return f"api_key_id <> '' AND {ROWS_OF_KEYS.format(row='')}" if totals.condition else "true"


def rolled_up(totals: Totals) -> str:
    """Return the query that adds the totals by quarter of an hour up to these."""
    keys = [f"{sql} AS {key}" for sql, key in zip(keys_of_quarters(totals), totals.keys, strict=True)]
    return (
        f"SELECT {', '.join(keys)}, SUM(entries) AS entries, SUM(amount) AS amount FROM {BY_QUARTER.table}"
        f" WHERE {condition_of_quarters(totals)} GROUP BY {totals.places}"
    )


def compared(
    totals: Totals, counted: str, kept: str, whose: tuple[str, ...], moment: datetime | None = None
) -> list[tuple[Any, ...]]:
    """Return whose totals differ from what was counted, and how often; `kept` says which totals are looked at."""
    keys, by = ", ".join(totals.keys), ", ".join(whose)
    return fetch(
        f"""
        SELECT {by}, COUNT(*) FROM (
            SELECT {keys} FROM (
                {counted} UNION ALL SELECT {keys}, -entries, -amount FROM {totals.table} WHERE {kept}
            ) AS both_sides GROUP BY {keys} HAVING SUM(entries) <> 0 OR SUM(amount) <> 0
        ) AS wrong GROUP BY {by} ORDER BY {by}""",
        moment,
    )
