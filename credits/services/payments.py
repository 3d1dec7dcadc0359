"""Pay for what a call does, and give it back: the door through which other rooms reach the ledger."""

import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from django.conf import settings
from django.db import transaction

from authbridge.shared.callers import Caller
from credits import ledger
from credits.accounts import Account, key_account, team_account, user_account
from credits.arguments import Filled, Operation, ResourceId, TransactionId, check_fields, checked
from credits.errors import (
    AccountNotFound,
    ChargeUndone,
    InsufficientCredits,
    LimitReached,
    NotOnTheTeam,
    RefundTooLarge,
)
from credits.models import AccountType, ApiKeyCredits, CreditTransaction
from credits.receipts import Receipt, combine
from credits.selectors import KeyRow, find_entry, find_team, is_on_team, refund_key

NOT_COVERED = "Not enough credits; the call went through because CREDITS_ENFORCEMENT is warn."


@dataclass(frozen=True, slots=True)
class Payer:
    """Who pays for a call, as plain data that a job can keep: an account, and the key that was used."""

    account: Account
    api_key_id: uuid.UUID | None = None
    limited: bool = False
    known_balance: int | None = None

    def __post_init__(self) -> None:
        check_fields(self)


@checked
def payer_of(caller: Caller) -> Payer:
    """Return who pays: the key's pool if it has one, else its team, else its owner; it never falls through."""
    key: KeyRow | None = caller.key
    if key is None:
        return Payer(user_account(caller.user_id), known_balance=caller.user.credits)
    limited = key.daily_limit is not None or key.monthly_limit is not None
    if key.credits is not None:
        return Payer(key_account(key.id, caller.user_id), key.id, limited, key.credits)
    if key.team_id is not None:
        return Payer(team_account(key.team_id, caller.user_id), key.id, limited, balance_of_team(caller))
    return Payer(user_account(caller.user_id), key.id, limited, caller.user.credits)


def balance_of_team(caller: Caller) -> int:
    """Return what the key's team has, unless it is gone or the key's owner is not on it any more."""
    team = find_team(caller.key.team_id)
    if team is None or not is_on_team(team, caller.user):
        raise NotOnTheTeam
    return team.credits


@dataclass(frozen=True, slots=True)
class Charge:
    """One operation to be paid for, once under its key."""

    operation: Operation
    amount: int
    idempotency_key: Filled
    resource_id: ResourceId | None = None
    dataset_id: uuid.UUID | None = None

    def __post_init__(self) -> None:
        check_fields(self)


@checked
def ensure_payable(payer: Payer, charges: Sequence[Charge]) -> None:
    """Refuse before any work what cannot be paid; what an earlier attempt has paid already needs nothing more."""
    try:
        ensure_affordable(payer, sum(charge.amount for charge in charges))
    except (InsufficientCredits, LimitReached):
        due = [charge for charge in charges if find_entry(payer.account, charge.idempotency_key) is None]
        ensure_affordable(payer, sum(charge.amount for charge in due))


@checked
def ensure_affordable(payer: Payer, amount: int) -> None:
    """Refuse before any work what the key's limits or the balance seen at authentication forbid.

    Both may change until the charge, which decides.
    """
    if payer.limited:
        ledger.ensure_within_limits(ApiKeyCredits.objects.get(id=payer.api_key_id), amount)
    if settings.CREDITS_ENFORCEMENT == "on" and payer.known_balance is not None and payer.known_balance < amount:
        raise InsufficientCredits(required=amount, available=payer.known_balance, source=payer.account.type)


@checked
def pay(*, payer: Payer, charge: Charge) -> Receipt:
    """Charge once per key. Under CREDITS_ENFORCEMENT warn or off, what is not covered is free."""
    try:
        entry = take(payer, charge)
    except InsufficientCredits as error:
        if settings.CREDITS_ENFORCEMENT == "on":
            raise
        warning = NOT_COVERED if settings.CREDITS_ENFORCEMENT == "warn" else None
        return Receipt(charged=0, remaining=error.details["available"], warning=warning)
    if ledger.is_repeat(entry) and ledger.refunded_of(entry) == charge.amount:
        raise ChargeUndone
    return Receipt(charged=charge.amount, remaining=entry.balance_after, transaction_ids=(entry.id,))


def take(payer: Payer, charge: Charge) -> CreditTransaction:
    """Have the ledger charge. A pool that was closed since the call began has nothing left, and nobody else pays."""
    try:
        return ledger.charge(
            account=payer.account, api_key_id=payer.api_key_id, limited=payer.limited, **asdict(charge)
        )
    except AccountNotFound as error:
        if payer.account.type == AccountType.USER:
            raise
        raise InsufficientCredits(required=charge.amount, available=0, source=payer.account.type) from error


@checked
def pay_all(*, payer: Payer, charges: Sequence[Charge]) -> Receipt:
    """Charge all of these or none."""
    if len(charges) == 1:
        return pay(payer=payer, charge=charges[0])
    with transaction.atomic(using=settings.AUTH_DB):
        return combine([pay(payer=payer, charge=charge) for charge in charges])


@checked
def give_back(transaction_id: TransactionId, *, reason: str) -> int:
    """Refund what remains of a charge, once; return the credits given back by this or an earlier call."""
    try:
        entry = ledger.refund(
            transaction_id=transaction_id,
            idempotency_key=refund_key(transaction_id),
            metadata={"error_type": "system_error", "reason": reason},
        )
    except RefundTooLarge:
        # Staff or the site refunded all of it before us: that is what was wanted.
        return 0
    return entry.amount
