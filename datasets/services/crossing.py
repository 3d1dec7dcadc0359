"""Do the ledger and what is kept here agree? No transaction holds for both, and each is restored by itself."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from django.utils import timezone

from datasets.proof import charges, payables
from datasets.proof.differences import Difference
from datasets.proof.settling import Outcome, plan, settle  # noqa: F401  (handed on)
from datasets.services.purges import forget_old_purges, remembered_since
from datasets.services.reconcile import PATIENCE


@dataclass(slots=True)
class Crossing:
    """What was looked at, and what was found; charges from before `since` may be for what was purged unnoted."""

    since: datetime | None
    payables: int = 0
    charges: int = 0
    differences: list[Difference] = field(default_factory=list)


def verify_crossing() -> Crossing:
    """Match all charges with documents and datasets, both ways. Where all agrees, old purges are remembered no more."""
    crossing = Crossing(remembered_since())
    crossing.differences.extend(differences(crossing))
    if not crossing.differences:
        forget_old_purges()
    return crossing


def differences(crossing: Crossing) -> Iterator[Difference]:
    """Yield them slice by slice, counting what was looked at."""
    until = timezone.now() - PATIENCE
    for some_payables in payables.slices():
        crossing.payables += len(some_payables)
        yield from payables.examine(some_payables)
    for some_charges in charges.slices(crossing.since, until):
        crossing.charges += len(some_charges)
        yield from charges.examine(some_charges)
