"""All proofs together: over everything, or from where an earlier run found nothing wrong.

What a run finds that did not look at everything, one that does finds again before it is told.
"""

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import DatabaseError

from authbridge.shared.unwritable import takes_no_changes
from credits.models import LedgerVerification
from credits.periods import start_of_day
from credits.proof.matching import repeated_charges, rewritten_history
from credits.proof.movements import lone_transfers, wrong_movements
from credits.proof.queries import Problem, fetch
from credits.proof.refunds import wrong_refunds
from credits.proof.sums import (
    HOW_MANY,
    differences,
    is_unopened,
    negative_balances,
    parts_of_credits,
    unexplained_balances,
    wrong_totals,
)
from credits.triggers.totals import room_to_count

# Of so few rows all are looked at each time, which takes seconds.
FEW_ROWS = 500_000
# By then whoever began to write a row has committed it.
SETTLED_AFTER = timedelta(hours=1)
# Only the last says where to go on; the others show that it was done.
RUNS_KEPT = timedelta(days=365)


@dataclass(slots=True)
class Verification:
    """What was looked at and what was found.

    Of rows from before `since` only their totals were. `unopened` accounts have credits and no row until their first
    movement. Sums, totals and shapes took `sums_seconds`, what belongs together `matching_seconds`.
    """

    accounts: int
    rows: int
    since: datetime | None
    unopened: int
    problems: list[Problem]
    sums_seconds: float
    matching_seconds: float


def verify(*, everything: bool = False) -> Verification:
    """Check rules 1, 2, 3, 5, 6 and 7, and the totals; of a large ledger from the last verified row on."""
    until = settled_day()
    with room_to_count():
        found = look(None if everything else last_verified())
        if found.since and found.problems:
            found = look(None)
    if not found.problems:
        note(found, until)
    return found


def settled_day() -> datetime:
    """Return the beginning of a day before which no row can come any more."""
    return start_of_day(datetime.now(UTC) - SETTLED_AFTER)


def last_verified() -> datetime | None:
    """Return from when on rows are to be looked at; None where that is all of them."""
    last = LedgerVerification.objects.first()
    return last.until if last and fetch(HOW_MANY)[0][1] > FEW_ROWS else None


def note(found: Verification, until: datetime) -> None:
    """Keep how far all is well, for a year; a database that takes no changes can be verified, too."""
    try:
        LedgerVerification.objects.filter(finished_at__lt=datetime.now(UTC) - RUNS_KEPT).delete()
        LedgerVerification.objects.create(until=until, rows=found.rows)
    except DatabaseError as error:
        if not takes_no_changes(error):
            raise


def look(since: datetime | None) -> Verification:
    """Look at rows from then on, and at all balances and totals."""
    began = time.monotonic()
    [(accounts, rows)] = fetch(HOW_MANY)
    totals = list(wrong_totals(since))
    different = differences(are_totals_right=not totals)
    sums = [
        *parts_of_credits(since),
        *negative_balances(since),
        *unexplained_balances(different),
        *wrong_movements(since),
    ]
    summed = time.monotonic()
    matching = [*repeated_charges(since), *rewritten_history(since), *wrong_refunds(since), *lone_transfers(since)]
    return Verification(
        accounts=accounts,
        rows=int(rows),
        since=since,
        unopened=sum(is_unopened(entries) for *_, entries, _ in different),
        problems=[*sums, *matching, *totals],
        sums_seconds=round(summed - began, 3),
        matching_seconds=round(time.monotonic() - summed, 3),
    )
