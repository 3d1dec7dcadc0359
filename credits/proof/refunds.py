"""Refunds: what goes back is no more than was taken, and goes to whom it was taken from."""

from collections.abc import Iterator
from datetime import datetime

from credits.proof.queries import ENTRIES, Problem, as_number, fetch, since

# A pool may be closed and opened again, so whether there was one at the time of a refund cannot be told: what a key
# paid may be its owner's. A team that is no more stays so.
OWNERS = """
    LEFT JOIN api_key_credits AS pools
        ON charges.account_type = 'api_key' AND CAST(pools.id AS text) = charges.account_id
    LEFT JOIN teams ON charges.account_type = 'team' AND teams.deleted_at IS NOT NULL
        AND CAST(teams.id AS text) = charges.account_id"""
IS_THE_PAYERS = """
    (refunds.account_type = charges.account_type AND refunds.account_id = charges.account_id
    OR refunds.account_type = 'user'
        AND refunds.account_id = COALESCE(CAST(pools.user_id AS text), CAST(teams.owner_id AS text), ''))"""


def wrong_refunds(moment: datetime | None) -> Iterator[Problem]:
    """Rule 6: refunds of one charge never add up to more than it took, and go to the account that paid."""
    for kind, id, charge, given, taken, elsewhere in fetch(refunded_charges(moment), moment):
        if given > taken:
            sentence = f"{kind} {id} was given {given} credits back of the charge {charge}, which took {taken}."
            yield Problem(6, sentence, kind, id, as_number(given - taken))
        if elsewhere:
            kind, _, id = elsewhere.partition(" ")
            yield Problem(
                6, f"{kind} {id} was given credits back of the charge {charge}, which it did not pay.", kind, id
            )


def refunded_charges(moment: datetime | None) -> str:
    """Return the query for charges of which too much was given back, or something to another account."""
    recent = f"SELECT refund_of FROM credit_transactions WHERE refund_of IS NOT NULL AND {since(moment)}"
    elsewhere = f"""
        MIN(CASE WHEN charges.id IS NOT NULL AND NOT {IS_THE_PAYERS}
            THEN refunds.account_type || ' ' || refunds.account_id END)"""
    return f"""
        SELECT MIN(refunds.account_type), MIN(refunds.account_id), refunds.refund_of, SUM(refunds.amount),
            MAX(COALESCE(-charges.amount, 0)), {elsewhere}
        FROM ({ENTRIES}) AS refunds LEFT JOIN ({ENTRIES}) AS charges
            ON charges.id = refunds.refund_of AND charges.type = 'usage' {OWNERS}
        WHERE refunds.refund_of IN ({recent}) GROUP BY refunds.refund_of
        HAVING SUM(refunds.amount) > MAX(COALESCE(-charges.amount, 0)) OR {elsewhere} IS NOT NULL
        ORDER BY refunds.refund_of"""
