"""The welcome bonus: WELCOME_CREDITS for every user, once in a lifetime.

Given at the first call that looks at the user's own credits. Who was welcomed is remembered in this process, so that
a user costs each process one query, and the ledger's key decides whatever the processes remember.
"""

from dataclasses import replace

from django.conf import settings

from authbridge.callers import Caller
from credits import ledger
from credits.accounts import user_account
from credits.errors import BalanceTooLarge, KeyReused
from credits.models import CreditTransaction, TransactionType
from credits.selectors import find_entry

KEY = "welcome"
MOST_REMEMBERED = 100_000

_welcomed: set[str] = set()


def ensure_welcomed(caller: Caller) -> Caller:
    """Return the caller with the bonus given, if it had not been before."""
    if settings.WELCOME_CREDITS <= 0 or caller.user_id in _welcomed:
        return caller
    entry = grant_welcome(caller.user_id)
    if len(_welcomed) >= MOST_REMEMBERED:
        _welcomed.clear()
    _welcomed.add(caller.user_id)
    return replace(caller, user=replace(caller.user, credits=entry.balance_after)) if entry else caller


def grant_welcome(user_id: str) -> CreditTransaction | None:
    """Give a user the bonus; None if there is none, or if it was given earlier, whatever its size was then."""
    account = user_account(user_id)
    if settings.WELCOME_CREDITS <= 0 or find_entry(account, KEY):
        return None
    try:
        return ledger.grant(
            account=account, amount=settings.WELCOME_CREDITS, type=TransactionType.BONUS, idempotency_key=KEY
        )
    except (KeyReused, BalanceTooLarge):
        return None
