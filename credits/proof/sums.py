"""Sums, totals and shapes: rows add up to totals, totals to balances, and each is a whole number of credits.

Rows are read once, as far as they are looked at, and compared with the totals by quarter of an hour; all else is proved
from those.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from credits import triggers
from credits.models import AccountType
from credits.proof.queries import BALANCES, ENTRIES, Problem, as_number, fetch, since, vendor
from credits.totals import BY_ACCOUNT, BY_KEY, BY_QUARTER, ROWS_OF_KEYS, TIMES, Totals

UNEXPLAINED = f"""
    SELECT account_type, account_id, SUM(balance), SUM(amount), SUM(entries), SUM(holders) FROM (
        SELECT account_type, account_id, COALESCE(balance, 0) AS balance, 0 AS amount, 0 AS entries, 1 AS holders
        FROM ({BALANCES}) AS balances
        UNION ALL SELECT account_type, account_id, 0, SUM(amount), {{count}}, 0
        FROM ({{entries}}) AS entries GROUP BY account_type, account_id
    ) AS both_sides GROUP BY account_type, account_id HAVING SUM(balance) <> SUM(amount)
    ORDER BY account_type, account_id"""
BY_TOTALS = UNEXPLAINED.format(entries=f"SELECT * FROM {BY_ACCOUNT.table}", count="SUM(entries)")
BY_ROWS = UNEXPLAINED.format(entries=ENTRIES, count="COUNT(*)")
HOW_MANY = f"""
    SELECT (SELECT COUNT(*) FROM ({BALANCES}) AS balances),
        (SELECT COALESCE(SUM(entries), 0) FROM {BY_ACCOUNT.table})"""


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
    rows = BY_QUARTER.counted(vendor(), since(moment))
    for kind, id, times in compared(BY_QUARTER, rows, since(moment, "quarter"), ("account_type", "account_id"), moment):
        yield Problem(None, f"Totals of {kind} {id} are not what its rows add up to, in {times} places.", kind, id)
    for kind, id, times in compared(BY_ACCOUNT, rolled_up(BY_ACCOUNT), "true", ("account_type", "account_id")):
        yield Problem(None, f"Totals of {kind} {id} for all time are wrong in {times} places.", kind, id)
    for id, times in compared(BY_KEY, rolled_up(BY_KEY), "true", ("api_key_id",)):
        yield Problem(None, f"What the API key {id} has used is wrong for {times} days.", AccountType.API_KEY, id)


def rolled_up(totals: Totals) -> str:
    """Return the query that adds the totals by quarter of an hour up to these."""
    day = TIMES[vendor()]["day"].format(row="").replace("created_at", "quarter")
    keys = [f"{day} AS day" if key == "day" else key for key in totals.keys]
    condition = f"api_key_id <> '' AND {ROWS_OF_KEYS.format(row='')}" if totals.condition else "true"
    return (
        f"SELECT {', '.join(keys)}, SUM(entries) AS entries, SUM(amount) AS amount FROM {BY_QUARTER.table}"
        f" WHERE {condition} GROUP BY {totals.places}"
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
