"""The crossing between the two databases: intent in fltr, money in fltr_auth, work in fltr.

No transaction spans both, so every step is a conditional UPDATE that only one of two racing parties wins, and every
charge has a key made from the intent's id. A crash between two steps leaves an intent that awaits its payment, or
one with `refund_due`; `reconcile` finishes or undoes it, once.
"""

import logging
import uuid
from dataclasses import replace
from datetime import timedelta

from django.db import DatabaseError
from django.utils import timezone

from authbridge.shared.errors import DomainError, first_line
from authbridge.shared.failpoints import reached
from authbridge.shared.postgresql.breaker import is_known_away
from credits.errors import AccountNotFound, TransactionNotFound
from credits.selectors import find_entry
from credits.services import Account, Charge, Payer, Receipt, give_back, pay
from datasets.models import Payable, PendingAnswer

logger = logging.getLogger(__name__)

# Longer than any request can live: after this, no charge can come any more for an intent that was cancelled.
LATEST_CHARGE = timedelta(hours=1)
LONGEST_REASON = 200


def intent_of(payer: Payer, *, price: int, charge_key: str) -> dict[str, object]:
    """Return the columns by which anybody can find or make an intent's charge later."""
    return {
        "payer_type": payer.account.type,
        "payer_id": payer.account.id,
        "payer_user_id": payer.account.user_id,
        "api_key_id": payer.api_key_id,
        "price": price,
        "charge_key": charge_key,
    }


def account_of(intent: Payable) -> Account:
    """Return the account that pays for an intent."""
    return Account(type=intent.payer_type, id=intent.payer_id, user_id=intent.payer_user_id)


def charge_intent(intent: Payable, *, payer: Payer, operation: str, resource_id: str, dataset_id: uuid.UUID) -> Receipt:
    """Charge an intent under its key; a repeat charges nothing more.

    The account is the one that was intended, whatever the caller's key pays from by now; its limits hold as they are.
    """
    charge = Charge(operation, intent.price, intent.charge_key, resource_id, dataset_id)
    return pay(payer=replace(payer, account=account_of(intent), api_key_id=intent.api_key_id), charge=charge)


def charge_of(intent: Payable) -> uuid.UUID | None:
    """Return the id of the ledger row that paid for an intent, if one did."""
    entry = find_entry(account_of(intent), intent.charge_key)
    return entry.id if entry else None


def settle_refund(intent: Payable, *, reason: str) -> int | None:
    """Give an intent's charge back; return the credits of it if this call ended the debt, else None.

    Safe to repeat, and beside itself: the ledger refunds a charge once. Where there is no charge one might still come,
    so that the debt stays for a while. Raises what keeps the ledger from booking the refund; the debt stays then, too.
    """
    reached("refund:due")
    given, loss = 0, ""
    if transaction_id := intent.transaction_id or charge_of(intent):
        try:
            given = give_back(transaction_id, reason=reason)
        except TransactionNotFound:
            # The user database was reset, or is a copy from before the charge: its balance never paid this either.
            loss = f"Charge {transaction_id} is not in the ledger: nothing is given back."
        except AccountNotFound:
            loss = f"Who paid the charge {transaction_id} is gone: nothing is given back."
        reached("refund:given")
    elif timezone.now() < intent.created_at + LATEST_CHARGE:
        return None
    if not end_debt(intent):
        return None
    if loss:
        logger.warning("%s", loss)
    return given


def end_debt(intent: Payable) -> bool:
    """Write down that nothing is owed any more; False if somebody else did. Word of a lost answer has then served."""
    owed = type(intent)._default_manager.filter(pk=intent.pk, refund_due=True)
    if isinstance(intent, PendingAnswer):
        return owed.delete()[0] == 1
    return owed.update(refund_due=False, stuck_because=None) == 1


def try_to_settle(intent: Payable, *, reason: str) -> int | None:
    """Settle a refund as `settle_refund` does; what keeps the ledger from it is noted, and the debt stays."""
    try:
        return settle_refund(intent, reason=reason)
    except (DomainError, DatabaseError) as error:
        if is_known_away():
            raise
        note_stuck(intent, error)
        return None


def note_stuck(intent: Payable, error: Exception) -> None:
    """Keep why nothing comes of an intent, for the doctor; it is logged once, by whichever process finds it first."""
    why = f"{type(error).__name__}: {first_line(error)}"[:LONGEST_REASON]
    others = type(intent)._default_manager.filter(pk=intent.pk).exclude(stuck_because=why)
    if others.update(stuck_because=why):
        logger.error(
            "%s %s of %s %s stays as it is, with %d credits owed if it was paid, and is tried again every minute: %s",
            type(intent).__name__, intent.pk, intent.payer_type, intent.payer_id, intent.price, why,
        )  # fmt: skip
