"""The welcome bonus: WELCOME_CREDITS for every user, once in a lifetime.

Given at the first call of a user. Who was welcomed is remembered in this process, so that a user costs each process
one query; whatever the processes remember, the ledger's key decides.
"""

import uuid

from django.conf import settings

from credits import ledger
from credits.accounts import user_account
from credits.arguments import UserId, checked
from credits.errors import BalanceTooLarge, KeyReused
from credits.models import TransactionType
from credits.selectors import find_entry

KEY = "welcome"
MOST_REMEMBERED = 100_000

_welcomed: set[uuid.UUID] = set()


@checked
def ensure_welcomed(user_id: UserId) -> int:
    """Give a user the bonus unless they had it; return the credits given now."""
    if settings.WELCOME_CREDITS <= 0 or user_id in _welcomed:
        return 0
    given = grant_welcome(user_id)
    if len(_welcomed) >= MOST_REMEMBERED:
        _welcomed.clear()
    _welcomed.add(user_id)
    return given


def grant_welcome(user_id: uuid.UUID) -> int:
    """Give a user the bonus unless the ledger has it, whatever its size was then; return the credits given."""
    account = user_account(user_id)
    if find_entry(account, KEY):
        return 0
    try:
        entry = ledger.grant(
            account=account, amount=settings.WELCOME_CREDITS, type=TransactionType.BONUS, idempotency_key=KEY
        )
    except (KeyReused, BalanceTooLarge):
        return 0
    return entry.amount
