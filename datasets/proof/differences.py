"""What can be between a charge in the ledger and a document or dataset here."""

import uuid
from dataclasses import dataclass
from enum import StrEnum

from credits.selectors import PastCharge
from credits.services import Account
from datasets.models import Dataset, ProcessingJob

Paid = Dataset | ProcessingJob


class Kind(StrEnum):
    """What is not as it should be, for programs."""

    UNPAID = "unpaid"
    REFUNDED = "refunded"
    MISNAMED = "misnamed"
    OTHERWISE = "paid_otherwise"
    OWED = "not_given_back"
    TWICE = "paid_twice"
    FOR_NOTHING = "paid_for_nothing"


@dataclass(frozen=True, slots=True)
class Difference:
    """One place where the two databases do not agree. `job_id` is the attempt's, where one is about a document."""

    kind: Kind
    message: str
    credits: int
    account_type: str
    account_id: uuid.UUID | str
    transaction_id: uuid.UUID | str | None
    dataset_id: uuid.UUID | None = None
    document_id: uuid.UUID | str | None = None
    job_id: uuid.UUID | None = None


def about_payable(kind: Kind, payable: Paid, charge: PastCharge | None, what: str) -> Difference:
    """Return a difference of something that is or was here."""
    job = payable if isinstance(payable, ProcessingJob) else None
    account = charge.account if charge and kind in (Kind.OWED, Kind.TWICE) else None
    return Difference(
        kind=kind,
        message=f"{named(payable)} of {name_of_payer(payable)} {what}",
        credits=charge.remaining if charge and account else payable.price,
        account_type=account.type if account else payable.payer_type,
        account_id=account.id if account else payable.payer_id,
        transaction_id=charge.id if charge else payable.transaction_id,
        dataset_id=job.dataset_id if job else payable.pk,
        document_id=job.document_id if job else None,
        job_id=job.pk if job else None,
    )


def about_charge(charge: PastCharge) -> Difference:
    """Return a charge that nothing is here for."""
    is_document = charge.operation == "document_upload"
    what = "document" if is_document else "dataset"
    return Difference(
        kind=Kind.FOR_NOTHING,
        message=(
            f"The charge {charge.id} took {charge.remaining} credits of {name_of(charge.account)} for the {what}"
            f" {charge.resource_id} under {charge.idempotency_key}, which is not here and was not deleted."
        ),
        credits=charge.remaining,
        account_type=charge.account.type,
        account_id=charge.account.id,
        transaction_id=charge.id,
        dataset_id=charge.dataset_id,
        document_id=charge.resource_id if is_document else None,
    )


def named(payable: Paid) -> str:
    """Say which document or dataset it is."""
    if isinstance(payable, ProcessingJob):
        return f"The document {payable.document_id} (attempt {payable.version})"
    return f"The dataset {payable.pk}"


def name_of(account: Account) -> str:
    """Say which account it is."""
    return f"{account.type} {account.id}"


def is_same(one: Account, other: Account) -> bool:
    """Tell whether two are one balance, whoever acts for it."""
    return (one.type, one.id) == (other.type, other.id)


def name_of_payer(payable: Paid) -> str:
    """Say which account was to pay."""
    return f"{payable.payer_type} {payable.payer_id}"
