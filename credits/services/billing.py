"""The site's service calls about a user's credits: each does its work once under its key, for ever.

A repeat returns the first row. A key that comes again with another meaning is refused; other metadata is no other
meaning.
"""

import uuid
from typing import Any

from credits import ledger
from credits.accounts import account_of, user_account
from credits.arguments import Filled, Given, Operation, ResourceId, TransactionId, UserId, checked
from credits.free_text import is_erased
from credits.models import CreditTransaction
from credits.selectors import find_entry
from credits.services.welcome import ensure_welcomed


@checked
def add_credits(
    *, user_id: UserId, amount: int, type: Given, idempotency_key: Filled, metadata: dict[str, Any] | None = None
) -> CreditTransaction:
    """Give a user credits that were bought or are a present."""
    return ledger.grant(
        account=user_account(user_id), amount=amount, type=type, idempotency_key=idempotency_key, metadata=metadata
    )


@checked
def deduct_credits(
    *,
    user_id: UserId,
    amount: int,
    operation: Operation,
    idempotency_key: Filled | None = None,
    resource_id: ResourceId | None = None,
) -> CreditTransaction:
    """Charge a user for something that was done. Credits must cover it, whatever CREDITS_ENFORCEMENT says.

    Once under its key, for ever; without one each call is a charge of its own, so whoever repeats it charges again.
    """
    ensure_welcomed(user_id)
    entry = ledger.charge(
        account=user_account(user_id),
        amount=amount,
        operation=operation,
        idempotency_key=idempotency_key or f"deduct:{uuid.uuid4()}",
        resource_id=resource_id,
    )
    return entry if entry.resource_id == resource_id else ledger.refuse_key()


@checked
def refund_credits(
    *,
    transaction_id: TransactionId,
    error_type: Filled,
    idempotency_key: Filled,
    amount: int | None = None,
    reason: str = "",
) -> CreditTransaction:
    """Give a charge back in part, or without an amount what remains of it."""
    entry = ledger.refund(
        transaction_id=transaction_id,
        idempotency_key=idempotency_key,
        amount=amount,
        metadata={"error_type": error_type, "reason": reason},
    )
    meant = (entry.metadata or {}).get("error_type")
    # Of a row whose text was erased nobody can tell any more, and what it gave back is the same.
    return entry if meant == error_type or is_erased(entry.metadata) else ledger.refuse_key()


@checked
def renew_subscription(
    *,
    user_id: UserId,
    new_credits: int,
    plan_limit: int,
    idempotency_key: Filled,
    metadata: dict[str, Any] | None = None,
) -> CreditTransaction:
    """Begin a paid period: at most `plan_limit` credits are kept, what is above expires, and new ones come."""
    entry = ledger.renew(
        account=user_account(user_id),
        new_credits=new_credits,
        plan_limit=plan_limit,
        idempotency_key=idempotency_key,
        metadata=metadata,
    )
    return entry if was_renewed_within(entry, plan_limit) else ledger.refuse_key()


def was_renewed_within(entry: CreditTransaction, plan_limit: int) -> bool:
    """Tell whether a renewal kept what this plan limit leaves: the limit itself where credits expired, else no more."""
    kept = (entry.balance_after or 0) - entry.amount
    expired = find_entry(account_of(entry), f"expiry:{entry.idempotency_key}")
    return kept == plan_limit if expired else kept <= plan_limit
