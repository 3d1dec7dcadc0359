"""The site's service calls about a user's credits: each does its work once under its key, for ever."""

from typing import Any

from authbridge.errors import UserNotFound
from authbridge.selectors import parse_uuid
from credits import ledger
from credits.accounts import Account, user_account
from credits.models import CreditTransaction


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


def existing_user_account(user_id: str) -> Account:
    """Return the account of a user id that came from outside."""
    parsed = parse_uuid(user_id)
    if parsed is None:
        raise UserNotFound
    return user_account(parsed)
