"""What kinds of rows there are: each moves credits the way its type says, and a transfer is two rows."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connections

from authbridge.shared.model_fields import as_utc
from credits.models import TransactionType
from credits.proof.queries import ENTRIES, Problem, as_number, fetch, since

TAKES = (TransactionType.USAGE, TransactionType.EXPIRY)
GIVES = (TransactionType.REFUND, TransactionType.PURCHASE, TransactionType.BONUS)
# An opening takes where the site's rows from before this ledger explain more than there was.
EITHER_WAY = (TransactionType.TRANSFER, TransactionType.OPENING, TransactionType.ADJUSTMENT)
LEDGER_BEGAN = "SELECT applied FROM django_migrations WHERE app = 'credits' AND name = '0001_initial'"


def wrong_movements(moment: datetime | None) -> Iterator[Problem]:
    """Rule 7: each row moves credits the way its type says; a refund names its charge, and nothing else names one.

    What the site wrote before there was this ledger is taken as it is: it knew no such rule.
    """
    began = ledger_began()
    inherited = "false" if began is None else "idempotency_key IS NULL AND created_at < %(began)s"
    sql = f"""
        SELECT account_type, account_id, id, type, amount, refund_of FROM ({ENTRIES}) AS entries
        WHERE {since(moment)} AND ({has_wrong_sign()}
            OR (CAST(type AS text) = '{TransactionType.REFUND}') <> (refund_of IS NOT NULL)) AND NOT ({inherited})
        ORDER BY account_type, account_id, id"""
    for kind, id, entry, type, amount, charge in fetch(sql, moment, **({"began": began} if began else {})):
        yield Problem(7, f"The row {entry} of {kind} {id} {complaint(type, amount, charge)}", kind, id)


def has_wrong_sign() -> str:
    """Return the condition that a row moves credits otherwise than its type says; of other types nothing is known."""

    def cases(types: tuple[str, ...], is_wrong: str) -> str:
        return " ".join(f"WHEN '{type}' THEN {is_wrong}" for type in types)

    return (
        f"CASE CAST(type AS text) {cases(TAKES, 'amount >= 0')} {cases(GIVES, 'amount <= 0')}"
        f" {cases(EITHER_WAY, 'amount = 0')} ELSE false END"
    )


def complaint(type: str, amount: Any, charge: str | None) -> str:
    """Say what is wrong with a row."""
    if type == TransactionType.REFUND and charge is None and amount > 0:
        return f"gives {amount} credits back of no charge."
    if type != TransactionType.REFUND and charge is not None:
        return f"is of type {type} and says that it refunds the charge {charge}."
    return f"is of type {type} and moves {amount:+} credits."


def ledger_began() -> datetime | None:
    """Return when our first migration adopted or made the ledger, if one did."""
    connection = connections[settings.AUTH_DB]
    if "django_migrations" not in connection.introspection.table_names():
        return None
    found = fetch(LEDGER_BEGAN)
    return as_utc(found[0][0]) if found else None


def lone_transfers(moment: datetime | None) -> Iterator[Problem]:
    """Rule 7: a transfer takes from one account what it gives another of the same owner, in two rows under one key."""
    transfers = f"CAST(type AS text) = '{TransactionType.TRANSFER}' AND type <> '{TransactionType.USAGE}'"
    key = "COALESCE(idempotency_key, CAST(id AS text))"
    sql = f"""
        SELECT MIN(account_type), MIN(account_id), MIN({key}), COUNT(*), SUM(amount), COUNT(DISTINCT owner)
        FROM (
            SELECT rows_of_transfers.*, CASE account_type WHEN 'api_key' THEN CAST(pools.user_id AS text)
                WHEN 'team' THEN CAST(teams.owner_id AS text) ELSE account_id END AS owner
            FROM ({ENTRIES}) AS rows_of_transfers
            LEFT JOIN (SELECT CAST(id AS text) AS pool, user_id FROM api_key_credits) AS pools
                ON account_type = 'api_key' AND pool = account_id
            LEFT JOIN (SELECT CAST(id AS text) AS team, owner_id FROM teams) AS teams
                ON account_type = 'team' AND team = account_id
            WHERE {transfers}
        ) AS transfers
        WHERE {key} IN (SELECT {key} FROM credit_transactions WHERE {transfers} AND {since(moment)})
        GROUP BY answerable, {key}
        HAVING COUNT(*) <> 2 OR SUM(amount) <> 0 OR COUNT(DISTINCT owner) > 1
            OR MIN(account_type || account_id) = MAX(account_type || account_id)
        ORDER BY MIN(account_type), MIN(account_id), MIN({key})"""
    for kind, id, key, count, amount, owners in fetch(sql, moment):
        if owners > 1:
            what = "moves credits between accounts of different owners"
        elif count == 1:
            what = f"has only one row, of {amount:+} credits"
        else:
            what = f"is not two rows between two accounts that cancel out: {count} of them come to {amount:+} credits"
        yield Problem(7, f"The transfer {key} of {kind} {id} {what}.", kind, id, as_number(amount) or None)
