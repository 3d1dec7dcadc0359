"""What other rooms ask of this one: pay, give back, manage keys."""

import secrets
import string
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from authbridge.authentication import API_KEY_PREFIX
from authbridge.callers import Caller
from authbridge.errors import UserNotFound
from authbridge.selectors import parse_uuid
from credits import ledger
from credits.accounts import Account, key_account, team_account, user_account
from credits.errors import ApiKeyNotFound, ChargeUndone, InsufficientCredits, RefundTooLarge
from credits.models import ApiKeyCredits, CreditTransaction, TransactionType
from credits.receipts import Receipt, combine
from credits.selectors import KeyRow, find_entry, hash_key

USE_NOTED_EVERY = timedelta(minutes=1)
SECRET_LENGTH = 43
SHOWN_PREFIX_LENGTH = len(API_KEY_PREFIX) + 6
ALPHABET = string.ascii_letters + string.digits
NOT_COVERED = "Not enough credits; the call went through because CREDITS_ENFORCEMENT is warn."


@dataclass(frozen=True, slots=True)
class Payer:
    """Who pays for a call, as plain data that a job can keep: an account, and the key that was used."""

    account: Account
    api_key_id: str | None = None
    limited: bool = False
    known_balance: int | None = None


def payer_of(caller: Caller) -> Payer:
    """Return who pays: the key's pool if it has one, else its team, else its owner; it never falls through."""
    key: KeyRow | None = caller.key
    if key is None:
        return Payer(user_account(caller.user_id), known_balance=caller.user.credits)
    limited = key.daily_limit is not None or key.monthly_limit is not None
    if key.credits is not None:
        return Payer(key_account(key.id, caller.user_id), key.id, limited, key.credits)
    if key.team_id:
        return Payer(team_account(key.team_id, caller.user_id), key.id, limited)
    return Payer(user_account(caller.user_id), key.id, limited, caller.user.credits)


@dataclass(frozen=True, slots=True)
class Charge:
    """One operation to be paid for, once under its key."""

    operation: str
    amount: int
    idempotency_key: str
    resource_id: str | None = None


def ensure_payable(payer: Payer, charges: Sequence[Charge]) -> None:
    """Refuse before any work what cannot be paid; what an earlier attempt has paid already needs nothing more."""
    try:
        ensure_affordable(payer, sum(charge.amount for charge in charges))
    except InsufficientCredits:
        due = [charge for charge in charges if find_entry(payer.account, charge.idempotency_key) is None]
        ensure_affordable(payer, sum(charge.amount for charge in due))


def ensure_affordable(payer: Payer, amount: int) -> None:
    """Refuse before any work what the balance seen at authentication cannot pay; the charge itself decides."""
    if settings.CREDITS_ENFORCEMENT == "on" and payer.known_balance is not None and payer.known_balance < amount:
        raise InsufficientCredits(required=amount, available=payer.known_balance, source=payer.account.type)


def pay(*, payer: Payer, charge: Charge) -> Receipt:
    """Charge once per key. Under CREDITS_ENFORCEMENT warn or off, what is not covered is free."""
    try:
        entry = ledger.charge(
            account=payer.account, api_key_id=payer.api_key_id, limited=payer.limited, **asdict(charge)
        )
    except InsufficientCredits as error:
        if settings.CREDITS_ENFORCEMENT == "on":
            raise
        warning = NOT_COVERED if settings.CREDITS_ENFORCEMENT == "warn" else None
        return Receipt(charged=0, remaining=error.details["available"], warning=warning)
    if ledger.is_repeat(entry) and ledger.refunded_of(entry) == charge.amount:
        raise ChargeUndone
    return Receipt(charged=charge.amount, remaining=entry.balance_after, transaction_ids=(entry.id,))


def pay_all(*, payer: Payer, charges: Sequence[Charge]) -> Receipt:
    """Charge all of these or none."""
    if len(charges) == 1:
        return pay(payer=payer, charge=charges[0])
    with transaction.atomic(using=settings.AUTH_DB):
        return combine([pay(payer=payer, charge=charge) for charge in charges])


def give_back(transaction_id: str, *, reason: str) -> int:
    """Refund what remains of a charge, once; return the credits given back by this or an earlier call."""
    try:
        entry = ledger.refund(
            transaction_id=transaction_id,
            idempotency_key=f"refund:{transaction_id}",
            metadata={"error_type": "system_error", "reason": reason},
        )
    except RefundTooLarge:
        # Staff or the site refunded all of it before us: that is what was wanted.
        return 0
    return entry.amount


def add_credits(
    *, user_id: str, amount: int, type: str, idempotency_key: str, metadata: dict[str, Any] | None = None
) -> CreditTransaction:
    """Give a user credits that were bought or are a present, once per key."""
    account = existing_user_account(user_id)
    return ledger.grant(account=account, amount=amount, type=type, idempotency_key=idempotency_key, metadata=metadata)


def deduct_credits(
    *, user_id: str, amount: int, operation: str, idempotency_key: str, resource_id: str | None = None
) -> CreditTransaction:
    """Charge a user on behalf of the site, once per key."""
    return ledger.charge(
        account=existing_user_account(user_id),
        amount=amount,
        operation=operation,
        idempotency_key=idempotency_key,
        resource_id=resource_id,
    )


def grant_welcome(user_id: str) -> None:
    """Give a user WELCOME_CREDITS, once in a lifetime."""
    if settings.WELCOME_CREDITS > 0:
        add_credits(
            user_id=user_id, amount=settings.WELCOME_CREDITS, type=TransactionType.BONUS, idempotency_key="welcome"
        )


def existing_user_account(user_id: str) -> Account:
    """Return the account of a user id that came from outside."""
    parsed = parse_uuid(user_id)
    if parsed is None:
        raise UserNotFound
    return user_account(parsed)


# --- API keys -------------------------------------------------------------------------------------------------------


def create_api_key(*, user_id: str, name: str, expires_at: datetime | None = None) -> tuple[ApiKeyCredits, str]:
    """Make a key; its secret is returned once and kept only as a hash."""
    secret = API_KEY_PREFIX + "".join(secrets.choice(ALPHABET) for _ in range(SECRET_LENGTH))
    now = datetime.now(UTC)
    key = ApiKeyCredits.objects.create(
        api_key=hash_key(secret),
        user_id=user_id,
        name=name,
        prefix=secret[:SHOWN_PREFIX_LENGTH],
        expires_at=expires_at,
        created_at=now,
        updated_at=now,
    )
    return key, secret


def revoke_api_key(*, user_id: str, key_id: str) -> None:
    """End a key at once; its row stays. Revoking again changes nothing."""
    now = datetime.now(UTC)
    keys = ApiKeyCredits.objects.filter(id=key_id, user_id=user_id)
    if not keys.filter(revoked_at=None).update(revoked_at=now, updated_at=now) and not keys.exists():
        raise ApiKeyNotFound


def note_use(key: KeyRow) -> None:
    """Keep `last_used_at` to the minute: one write a minute and key, however many calls."""
    now = datetime.now(UTC)
    if key.last_used_at is None or key.last_used_at < now - USE_NOTED_EVERY:
        stale = Q(last_used_at=None) | Q(last_used_at__lt=now - USE_NOTED_EVERY)
        ApiKeyCredits.objects.filter(stale, id=key.id).update(last_used_at=now)
