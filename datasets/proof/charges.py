"""From the ledger to here: did each charge of ours come to something, or go back?

Only keys that are made here tell of a charge of ours: the site may charge for the same operations.
"""

import re
import uuid
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from authbridge.shared.ids import parse_uuid
from credits.selectors import PastCharge, charges_by_id, charges_for, is_anybodys
from datasets.models import Dataset, Lifecycle, PurgedResource
from datasets.models.processing_job import JobStatus
from datasets.proof.differences import Difference, Kind, Paid, about_charge, about_payable, is_same, name_of
from datasets.proof.payables import attempts, came_to_nothing, is_there, made
from datasets.services import datasets, documents
from datasets.services.intents import account_of

AT_ONCE = 500
OPERATIONS = (documents.OPERATION, datasets.OPERATION)
# The attempt, and ":again" where what was given back was paid for once more.
REST_OF_KEY = {documents.OPERATION: re.compile(r":\d+(:again)*"), datasets.OPERATION: re.compile(r"(:again)*")}


def slices(since: datetime | None, until: datetime) -> Iterator[list[PastCharge]]:
    """Yield the charges for what is kept here, oldest first, some hundred by each query."""
    last = None
    while some := charges_for(OPERATIONS, since=since, until=until, after=last, most=AT_ONCE):
        if last and some[-1].id == last.id:
            # In SQLite a time is a text, and one that was not written by Django may never come after itself.
            return
        yield some
        last = some[-1]


def examine(charges: Iterable[PastCharge]) -> Iterator[Difference]:
    """Yield what is wrong with these, having looked twice."""
    for found in judge_all(charges):
        again = charges_by_id([found.transaction_id]) if isinstance(found.transaction_id, uuid.UUID) else {}
        for charge in again.values():
            if is_anybodys(charge.account):
                yield from judge_all([charge])


def judge_all(charges: Iterable[PastCharge]) -> Iterator[Difference]:
    """Compare charges with what is here, by a fixed number of queries."""
    kept = [charge for charge in charges if charge.remaining and is_ours(charge)]
    ids = {id for charge in kept if (id := parse_uuid(charge.resource_id))}
    payables: dict[str, Paid] = {row.charge_key: row for row in made().filter(id__in=ids)}
    payables |= {job.charge_key: job for job in attempts().filter(document_id__in=ids)}
    gone = [charge for charge in kept if charge.idempotency_key not in payables]
    purged = purged_among({id for charge in gone for id in (parse_uuid(charge.resource_id), charge.dataset_id)})
    for charge in kept:
        payable = payables.get(charge.idempotency_key)
        if payable is None and not {parse_uuid(charge.resource_id), charge.dataset_id} & purged:
            yield about_charge(charge)
        elif payable is not None and (found := judge(charge, payable)):
            yield found


def is_ours(charge: PastCharge) -> bool:
    """Tell whether a charge was made for a document or dataset of ours, by its key."""
    begin = f"{charge.operation}:{charge.resource_id}"
    rest = charge.idempotency_key.removeprefix(begin)
    is_whole = bool(REST_OF_KEY[str(charge.operation)].fullmatch(rest))
    return charge.idempotency_key.startswith(begin) and is_whole and parse_uuid(charge.resource_id) is not None


def purged_among(ids: Iterable[Any]) -> set[uuid.UUID]:
    """Return those of these that were here and were deleted."""
    known = [id for id in ids if isinstance(id, uuid.UUID)]
    return set(PurgedResource.objects.filter(id__in=known).values_list("id", flat=True))


def judge(charge: PastCharge, payable: Paid) -> Difference | None:
    """Compare a charge with what bears its key. Where that names the charge, it was looked at from there."""
    if charge.id == payable.transaction_id or payable.refund_due or is_awaited(payable):
        return None
    if not is_same(charge.account, account_of(payable)) and payable.transaction_id is not None:
        other = f"{charge.id} of {name_of(charge.account)}"
        what = f"names the charge {payable.transaction_id}, and was paid for by {other}, too."
        return about_payable(Kind.TWICE, payable, charge, what)
    if payable.transaction_id is None and came_to_nothing(payable):
        what = f"came to nothing, and its charge {charge.id} was not given back: {charge.remaining} credits are owed."
        return about_payable(Kind.OWED, payable, charge, what)
    if payable.transaction_id is None and is_there(payable):
        return about_payable(
            Kind.MISNAMED, payable, charge, f"names no charge. The one that paid for it is {charge.id}."
        )
    return None


def is_awaited(payable: Paid) -> bool:
    """Tell whether reconcile will finish or undo it."""
    if isinstance(payable, Dataset):
        return payable.lifecycle == Lifecycle.AWAITING_PAYMENT
    return payable.status == JobStatus.AWAITING_PAYMENT
