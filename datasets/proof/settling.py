"""Bringing the two databases together again, each difference by itself and looked at once more before.

What was paid for and is not there is given back. What is there and not paid for is charged, under its own key and so
once, or with `forgive` left to its owner for nothing. Nothing is charged that its account cannot pay.
"""

from dataclasses import dataclass
from typing import Any

from django.db import DatabaseError

from authbridge.shared.errors import DomainError, first_line
from authbridge.shared.postgresql.breaker import is_known_away
from credits.selectors import charges_by_id, find_charge
from credits.services import Payer, give_back
from datasets.models import Dataset, Document, ProcessingJob
from datasets.proof import charges, payables
from datasets.proof.differences import Difference, Kind, Paid
from datasets.services import datasets, documents
from datasets.services.intents import account_of, charge_intent, settle_refund

REASON = "The ledger and what is kept here did not agree, as after one of both was restored."
AGAIN = ":again"
TO_REFUND = (Kind.FOR_NOTHING, Kind.TWICE, Kind.OWED)
TO_CHARGE = (Kind.UNPAID, Kind.REFUNDED)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of settling a difference, in a sentence."""

    is_settled: bool
    message: str


def plan(found: Difference, *, forgive: bool) -> str:
    """Say what settling a difference will do."""
    account = f"{found.account_type} {found.account_id}"
    if found.kind in TO_REFUND:
        return f"Giving {found.credits} credits back to {account}."
    if found.kind == Kind.OTHERWISE:
        return "Writing down here what the ledger says was paid; no credits move."
    if found.kind == Kind.MISNAMED and found.transaction_id:
        return f"Naming the charge {found.transaction_id} here; no credits move."
    if forgive:
        return f"Leaving it to its owner for nothing: {found.credits} credits of {account} are not asked for."
    return f"Charging {account} {found.credits} credits."


def settle(found: Difference, *, forgive: bool = False) -> Outcome:
    """Settle one, if it still is one."""
    try:
        return settle_charge(found) if found.kind in TO_REFUND else settle_payable(found, forgive=forgive)
    except (DomainError, DatabaseError) as error:
        if is_known_away():
            raise
        return Outcome(is_settled=False, message=f"Left as it is: {first_line(error)}")


def settle_charge(found: Difference) -> Outcome:
    """Give back what came to nothing."""
    payable = payable_of(found)
    now = charges_by_id([found.transaction_id]).values()  # type: ignore[list-item]
    if payable and payable.transaction_id == found.transaction_id:
        is_still = payables.look_again(payable) is not None
    else:
        is_still = any(charges.examine(now))
    if not is_still:
        return Outcome(is_settled=True, message="It was settled meanwhile.")
    if payable and found.kind == Kind.OWED:
        rows = type(payable)._default_manager.filter(pk=payable.pk, refund_due=False)
        rows.update(refund_due=True, transaction_id=found.transaction_id)
        payable.refresh_from_db()
        settle_refund(payable, reason=REASON)
    else:
        give_back(found.transaction_id, reason=REASON)  # type: ignore[arg-type]
    return Outcome(
        is_settled=True, message=f"Given back: {found.credits} credits of the charge {found.transaction_id}."
    )


def settle_payable(found: Difference, *, forgive: bool) -> Outcome:
    """Have something that is there name the charge that paid for it, if need be a new one."""
    payable = payable_of(found)
    if payable is None or not (payables.look_again(payable) or is_unnamed(payable)):
        return Outcome(is_settled=True, message="It was settled meanwhile.")
    own = find_charge(account_of(payable), payable.charge_key)
    if found.kind == Kind.OTHERWISE:
        return adopt(payable)
    if own and own.remaining:
        name(payable, own.id)
        return Outcome(is_settled=True, message=f"It names the charge {own.id}.")
    if forgive:
        name(payable, None)
        return Outcome(is_settled=True, message="It is its owner's for nothing.")
    return charge_anew(payable, is_key_used=own is not None)


def is_unnamed(payable: Paid) -> bool:
    """Tell whether something is there that names no charge."""
    return payable.transaction_id is None and payables.is_there(payable)


def charge_anew(payable: Paid, *, is_key_used: bool) -> Outcome:
    """Charge what is there; where its key stands for a charge that was given back, under the next one."""
    if is_key_used:
        key = payable.charge_key + AGAIN
        type(payable)._default_manager.filter(pk=payable.pk, charge_key=payable.charge_key).update(charge_key=key)
        payable.charge_key = key
    if isinstance(payable, Dataset):
        operation, resource_id, dataset_id = datasets.OPERATION, str(payable.pk), payable.pk
    else:
        operation, resource_id, dataset_id = documents.OPERATION, str(payable.document_id), payable.dataset_id
    receipt = charge_intent(
        payable, payer=Payer(account_of(payable)), operation=operation, resource_id=resource_id, dataset_id=dataset_id
    )
    transaction_id = next(iter(receipt.transaction_ids), None)
    name(payable, transaction_id)
    if transaction_id is None:
        return Outcome(is_settled=True, message="It is its owner's for nothing, as CREDITS_ENFORCEMENT says.")
    return Outcome(is_settled=True, message=f"Charged: {receipt.charged} credits by {transaction_id}.")


def adopt(payable: Paid) -> Outcome:
    """Write down what a charge says of itself, which cannot be changed."""
    charge = charges_by_id([payable.transaction_id])[payable.transaction_id]  # type: ignore[index, list-item]
    account = charge.account
    paid = {
        "payer_type": account.type,
        "payer_id": account.id,
        "payer_user_id": account.user_id,
        "price": charge.amount,
    }
    write(payable, charged=charge.amount, **paid)
    return Outcome(is_settled=True, message=f"Written down: {charge.amount} credits of {account.type} {account.id}.")


def name(payable: Paid, transaction_id: Any) -> None:
    """Have something name its charge, or say that nothing was charged."""
    write(payable, charged=payable.price if transaction_id else 0, transaction_id=transaction_id)


def write(payable: Paid, *, charged: int, **columns: Any) -> None:
    """Change what is kept about a charge, unless somebody just did, and what its document says it cost."""
    unchanged = type(payable)._default_manager.filter(pk=payable.pk, transaction_id=payable.transaction_id)
    if unchanged.update(**columns) and isinstance(payable, ProcessingJob) and payable.document_id:
        Document.objects.filter(id=payable.document_id, attempt=payable.version).update(credits_charged=charged)


def payable_of(found: Difference) -> Paid | None:
    """Return the attempt or dataset that a difference is about, as it is now."""
    if found.kind == Kind.FOR_NOTHING:
        return None
    if found.job_id:
        return ProcessingJob.objects.filter(id=found.job_id).select_related("document").first()
    return Dataset.objects.filter(id=found.dataset_id).first() if found.dataset_id else None
