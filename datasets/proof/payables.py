"""From here to the ledger: is what is there paid for, and was given back what came to nothing?

Each slice is read before its charges. Whoever pays, or gives back, writes to the ledger first; so a difference that is
still one at a second look is no call that was under way.
"""

import uuid
from collections.abc import Iterable, Iterator
from typing import Any

from django.db.models import QuerySet

from credits.selectors import PastCharge, charges_by_id, find_charge, is_anybodys
from datasets.models import Dataset, Lifecycle, ProcessingJob
from datasets.models.processing_job import JobKind, JobStatus
from datasets.proof.differences import Difference, Kind, Paid, about_payable, is_same, name_of
from datasets.services.intents import account_of

AT_ONCE = 500
STANDS = (JobStatus.QUEUED, JobStatus.RUNNING, JobStatus.SUCCEEDED)
COMPARED = ("transaction_id", "refund_due", "charge_key", "price", "payer_type", "payer_id", "payer_user_id")
CAME_TO_NOTHING = (JobStatus.FAILED, JobStatus.CANCELLED)


def attempts() -> QuerySet[ProcessingJob]:
    """Return attempts at documents, with as much of them as is compared: the rest takes longer than the comparison."""
    rows = ProcessingJob.objects.filter(kind=JobKind.PROCESS).select_related("document")
    return rows.only(*COMPARED, "dataset_id", "document_id", "status", "version", "document__lifecycle")


def made() -> QuerySet[Dataset]:
    """Return datasets, with as much of them as is compared."""
    return Dataset.objects.only(*COMPARED, "lifecycle")


def slices() -> Iterator[list[Paid]]:
    """Yield all attempts at documents and all datasets that name a charge, some hundred by each query."""
    for rows in (attempts(), made()):
        paid: Any = rows.exclude(transaction_id=None).order_by("pk")
        some = list(paid[:AT_ONCE])
        while some:
            yield some
            some = list(paid.filter(pk__gt=some[-1].pk)[:AT_ONCE])


def examine(payables: Iterable[Paid]) -> Iterator[Difference]:
    """Yield what is wrong with these, having looked twice."""
    payables = list(payables)
    charges = charges_named(payables)
    for payable in payables:
        if judge(payable, charges.get(payable.transaction_id)) and (found := look_again(payable)):
            yield found


def charges_named(payables: Iterable[Paid]) -> dict[Any, PastCharge]:
    """Return the charges that these name, as far as the ledger has them."""
    return charges_by_id(id for each in payables if isinstance(id := each.transaction_id, uuid.UUID))


def look_again(payable: Paid) -> Difference | None:
    """Return what is wrong with one now; nothing where its account is nobody's any more."""
    now = type(payable)._default_manager.filter(pk=payable.pk).first()
    if now is None or not is_anybodys(account_of(now)):
        return None
    return judge(now, charges_named([now]).get(now.transaction_id))


def judge(payable: Paid, charge: PastCharge | None) -> Difference | None:
    """Compare one with the charge that it names."""
    if payable.transaction_id is None or payable.refund_due:
        return None
    if is_there(payable):
        return judge_what_is_there(payable, charge)
    if came_to_nothing(payable) and charge and is_own(payable, charge) and charge.remaining:
        what = f"came to nothing, and its charge {charge.id} was not given back: {charge.remaining} credits are owed."
        return about_payable(Kind.OWED, payable, charge, what)
    return None


def judge_what_is_there(payable: Paid, charge: PastCharge | None) -> Difference | None:
    """Compare something that is there, or being worked on, with the charge that it names."""
    if charge is None or not is_own(payable, charge):
        return judge_misnamed(payable, charge)
    if charge.undone and not charge.remaining:
        what = f"is there for nothing: its charge {charge.id} of {charge.amount} credits was given back."
        return about_payable(Kind.REFUNDED, payable, charge, what)
    if charge.amount != payable.price or not is_same(charge.account, account_of(payable)):
        what = f"was to cost {payable.price} credits, and its charge {charge.id} took {charge.amount} of"
        return about_payable(Kind.OTHERWISE, payable, charge, f"{what} {name_of(charge.account)}.")
    return None


def judge_misnamed(payable: Paid, charge: PastCharge | None) -> Difference:
    """Say what stands in the place of a charge that is not there."""
    named = f"the charge {payable.transaction_id}, which is"
    named += f" for {charge.idempotency_key}" if charge else " none in the ledger"
    if own := find_charge(account_of(payable), payable.charge_key):
        return about_payable(Kind.MISNAMED, payable, own, f"names {named}. The one that paid for it is {own.id}.")
    kind = Kind.MISNAMED if charge else Kind.UNPAID
    what = f"is there and not paid for, {payable.price} credits: it names {named}."
    return about_payable(kind, payable, None, what)


def is_own(payable: Paid, charge: PastCharge) -> bool:
    """Tell whether a charge was made for this."""
    return charge.idempotency_key == payable.charge_key


def is_there(payable: Paid) -> bool:
    """Tell whether a dataset, or a document by this attempt, is there, or will be without anybody paying more."""
    if isinstance(payable, Dataset):
        return payable.lifecycle == Lifecycle.ACTIVE
    document = payable.document
    return payable.status in STANDS and document is not None and document.lifecycle == Lifecycle.ACTIVE


def came_to_nothing(payable: Paid) -> bool:
    """Tell whether it ended before it was there."""
    if isinstance(payable, Dataset):
        return payable.lifecycle == Lifecycle.CANCELLED
    return payable.status in CAME_TO_NOTHING
