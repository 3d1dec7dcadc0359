"""What staff do by hand: give credits and give charges back, with a reason and a name."""

import uuid
from typing import Any

from django.conf import settings
from django.db import transaction

from credits import ledger
from credits.accounts import Account
from credits.arguments import Filled, Given, TransactionId, UserId, checked
from credits.models import AuditAction, CreditTransaction, TransactionType
from credits.services.audit import note_act
from credits.services.billing import add_credits


@checked
def grant_by_staff(
    *,
    user_id: UserId,
    amount: int,
    reason: str,
    by: str,
    type: Given = TransactionType.BONUS.value,
    idempotency_key: Filled | None = None,
) -> CreditTransaction:
    """Give a user credits. With a key of the caller's own a repeat gives nothing more."""
    with transaction.atomic(using=settings.AUTH_DB):
        entry = add_credits(
            user_id=user_id,
            amount=amount,
            type=type,
            idempotency_key=staff_key(idempotency_key),
            metadata={"reason": reason, "by": by},
        )
        note_movement(AuditAction.GRANT, entry, type=type, reason=reason)
    return entry


@checked
def refund_by_staff(
    *,
    transaction_id: TransactionId,
    reason: str,
    by: str,
    amount: int | None = None,
    idempotency_key: Filled | None = None,
) -> CreditTransaction:
    """Give a charge back, in part or what remains of it; never more than it took."""
    with transaction.atomic(using=settings.AUTH_DB):
        entry = ledger.refund(
            transaction_id=transaction_id,
            idempotency_key=staff_key(idempotency_key),
            amount=amount,
            metadata={"error_type": "staff", "reason": reason, "by": by},
        )
        note_movement(AuditAction.REFUND, entry, refund_of=transaction_id, reason=reason)
    return entry


@checked
def explain_balance(
    *, account: Account, reason: Filled, by: Filled, idempotency_key: Filled | None = None
) -> list[CreditTransaction]:
    """Account for a balance that SQL changed, or for a row that SQL inserted: a row for each; none if all add up."""
    with transaction.atomic(using=settings.AUTH_DB):
        entries = ledger.explain(
            account=account, idempotency_key=staff_key(idempotency_key), metadata={"reason": reason, "by": by}
        )
        if entries and not ledger.is_repeat(entries[0]):
            note_act(
                AuditAction.EXPLAIN,
                subject=(account.type, account.id),
                user_id=account.user_id,
                before={"unexplained": sum(entry.amount for entry in entries)},
                after={"unexplained": 0},
                transaction_ids=[entry.id for entry in entries],
                reason=reason,
            )
    return entries


def note_movement(action: AuditAction, entry: CreditTransaction, **details: Any) -> None:
    """Note that credits were moved by hand, once for a movement that is asked for twice."""
    if ledger.is_repeat(entry):
        return
    balance = entry.balance_after or 0
    note_act(
        action,
        subject=(entry.account_type or "", entry.account_id),
        user_id=entry.user_id,
        before={"balance": balance - entry.amount},
        after={"balance": balance},
        amount=entry.amount,
        transaction_id=entry.id,
        **details,
    )


def staff_key(idempotency_key: str | None) -> str:
    """Return a ledger key that no other part of the system can make."""
    return f"staff:{idempotency_key or uuid.uuid4()}"
