"""Answers that cost credits: the work first, then one charge, then the answer goes out."""

import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from authbridge.shared.errors import DomainError
from authbridge.shared.failpoints import reached
from authbridge.shared.operations import part_of
from credits.services import Charge, Payer, Receipt, ensure_payable, pay_all, price_of
from datasets.models import PendingAnswer
from datasets.services.intents import intent_of, try_to_settle

BROKE_OFF = "The call broke off after it was paid for."


@dataclass(slots=True)
class Payment:
    """What an answer cost, known when its work is done, and word left for reconcile until the answer is out."""

    receipt: Receipt = field(default_factory=lambda: Receipt(charged=0))
    pending: list[uuid.UUID] = field(default_factory=list)

    def delivered(self) -> None:
        """Note that the answer is out."""
        PendingAnswer.objects.filter(id__in=self.pending).delete()

    def undo(self) -> None:
        """Give back what was paid for an answer that will not go out; what cannot be given now, reconcile gives."""
        owed = PendingAnswer.objects.filter(id__in=self.pending)
        owed.update(refund_due=True)
        for intent in owed:
            try_to_settle(intent, reason=BROKE_OFF)


@contextmanager
def paid_answer(
    *,
    payer: Payer,
    operation_id: uuid.UUID,
    operations: Sequence[str],
    resource_id: str | None = None,
    dataset_id: uuid.UUID | None = None,
) -> Iterator[Payment]:
    """Have the block's work paid for: refused before it where credits are too few, charged after it, all or nothing.

    Work that fails costs nothing. Call `delivered` when the answer is out, `undo` when it will not be; of what a crash
    leaves, reconcile gives the charges back. A charge whose key was paid already is not paid again.
    """
    charges = [
        Charge(operation, price_of(operation), f"{operation}:{part_of(operation_id, index)}", resource_id, dataset_id)
        for index, operation in enumerate(operations)
    ]
    ensure_payable(payer, charges)
    payment = Payment()
    yield payment
    payment.pending = announce(payer, charges)
    try:
        payment.receipt = pay_all(payer=payer, charges=charges)
    except DomainError:
        payment.delivered()
        raise
    reached("query:charged")


def announce(payer: Payer, charges: Sequence[Charge]) -> list[uuid.UUID]:
    """Leave word of the charges that are about to be made."""
    rows = [
        PendingAnswer(**intent_of(payer, price=charge.amount, charge_key=charge.idempotency_key)) for charge in charges
    ]
    PendingAnswer.objects.bulk_create(rows)
    reached("query:announced")
    return [row.id for row in rows]
