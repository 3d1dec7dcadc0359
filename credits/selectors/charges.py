"""Reads of charges, each with what was given back of it: for whoever asks what they were for."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from authbridge.selectors import user_exists
from credits.accounts import Account, account_of
from credits.models import AccountType, ApiKeyCredits, CreditTransaction, Team, TransactionType
from credits.selectors.entries import find_entry

# What of a row is kept as a PastCharge.
KEPT = (
    "user_id",
    "amount",
    "operation",
    "resource_id",
    "created_at",
    "account_type",
    "account_id",
    "idempotency_key",
    "dataset_id",
)


@dataclass(frozen=True, slots=True)
class PastCharge:
    """A charge as the ledger has it; `undone` by `give_back`, and not by staff or the site, who may have any reason."""

    id: uuid.UUID
    account: Account
    amount: int
    idempotency_key: str
    operation: str | None
    resource_id: str | None
    dataset_id: uuid.UUID | None
    created_at: datetime
    refunded: int
    undone: bool

    @property
    def remaining(self) -> int:
        """How many credits of it were not given back."""
        return self.amount - self.refunded


def refund_key(transaction_id: uuid.UUID) -> str:
    """Return the key under which `give_back` refunds a charge, once."""
    return f"refund:{transaction_id}"


def charges_by_id(ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, PastCharge]:
    """Return those of these rows that are charges, by their ids."""
    rows = CreditTransaction.objects.filter(id__in=list(ids), type=TransactionType.USAGE)
    return {charge.id: charge for charge in with_refunds(rows)}


def find_charge(account: Account, idempotency_key: str) -> PastCharge | None:
    """Return an account's charge under a key."""
    entry = find_entry(account, idempotency_key)
    return charges_by_id([entry.id]).get(entry.id) if entry else None


def charges_for(
    operations: Sequence[str], *, since: datetime | None, until: datetime, after: PastCharge | None, most: int
) -> list[PastCharge]:
    """Return so many charges for these operations from `since` to before `until`, oldest first; `after` goes on."""
    rows = CreditTransaction.objects.filter(type=TransactionType.USAGE, operation__in=operations, created_at__lt=until)
    if since:
        rows = rows.filter(created_at__gte=since)
    if after:
        later = Q(created_at__gt=after.created_at) | Q(created_at=after.created_at, id__gt=after.id)
        rows = rows.filter(later, created_at__gte=after.created_at)
    return with_refunds(rows.order_by("created_at", "id")[:most])


def with_refunds(rows: QuerySet[CreditTransaction]) -> list[PastCharge]:
    """Return charges with what was given back of them, by two queries."""
    entries = list(rows.only(*KEPT))
    refunds = CreditTransaction.objects.filter(refund_of__in=[entry.id for entry in entries]).order_by()
    given: dict[uuid.UUID | None, int] = {}
    undone = set()
    for charge_id, key, amount in refunds.values_list("refund_of", "idempotency_key", "amount"):
        given[charge_id] = given.get(charge_id, 0) + amount
        if charge_id and key == refund_key(charge_id):
            undone.add(charge_id)
    return [as_charge(entry, given.get(entry.id, 0), undone=entry.id in undone) for entry in entries]


def as_charge(entry: CreditTransaction, refunded: int, *, undone: bool) -> PastCharge:
    """Return a row with what is known of its refunds."""
    return PastCharge(
        id=entry.id,
        account=account_of(entry),
        amount=-entry.amount,
        idempotency_key=entry.idempotency_key or "",
        operation=entry.operation,
        resource_id=entry.resource_id,
        dataset_id=entry.dataset_id,
        created_at=entry.created_at,
        refunded=refunded,
        undone=undone,
    )


def is_anybodys(account: Account) -> bool:
    """Tell whether an account is there to be charged or given something, itself or as its owner's."""
    if account.type == AccountType.USER:
        return user_exists(account.id)
    if account.type == AccountType.API_KEY:
        owner = ApiKeyCredits.objects.filter(id=account.id).values_list("user_id", flat=True).first()
    else:
        owner = Team.objects.filter(id=account.id).values_list("owner_id", flat=True).first()
    return owner is not None and user_exists(owner)
