"""What staff do by hand: give credits and give charges back, with a reason and a name."""

import uuid

from credits import ledger
from credits.accounts import Account
from credits.arguments import Filled, Given, TransactionId, UserId, checked
from credits.models import CreditTransaction, TransactionType
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
    return add_credits(
        user_id=user_id,
        amount=amount,
        type=type,
        idempotency_key=staff_key(idempotency_key),
        metadata={"reason": reason, "by": by},
    )


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
    return ledger.refund(
        transaction_id=transaction_id,
        idempotency_key=staff_key(idempotency_key),
        amount=amount,
        metadata={"error_type": "staff", "reason": reason, "by": by},
    )


@checked
def explain_balance(
    *, account: Account, reason: Filled, by: Filled, idempotency_key: Filled | None = None
) -> list[CreditTransaction]:
    """Account for a balance that SQL changed, or for a row that SQL inserted: a row for each; none if all add up."""
    return ledger.explain(
        account=account, idempotency_key=staff_key(idempotency_key), metadata={"reason": reason, "by": by}
    )


def staff_key(idempotency_key: str | None) -> str:
    """Return a ledger key that no other part of the system can make."""
    return f"staff:{idempotency_key or uuid.uuid4()}"
