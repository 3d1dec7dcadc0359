"""The crossing between the two databases: intent in fltr, money in fltr_auth, work in fltr.

No transaction spans both, so every step is a conditional UPDATE that only one of two racing parties wins, and every
charge has a key made from the intent's id. A crash between two steps leaves an intent that awaits its payment, or
one with `refund_due`; `reconcile` finishes or undoes it, once.
"""

import logging
import uuid
from dataclasses import replace
from datetime import timedelta

from django.utils import timezone

from authbridge.shared.failpoints import reached
from credits.errors import AccountNotFound, TransactionNotFound
from credits.selectors import find_entry
from credits.services import Account, Charge, Payer, Receipt, give_back, pay
from datasets.models import Payable

logger = logging.getLogger(__name__)

# Longer than any request can live: after this, no charge can come any more for an intent that was cancelled.
LATEST_CHARGE = timedelta(hours=1)


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


def settle_refund(intent: Payable, *, reason: str) -> bool:
    """Give an intent's charge back; False while there is none but one might still come.

    Safe to repeat: the ledger refunds a charge once.
    """
    reached("refund:due")
    transaction_id = intent.transaction_id or charge_of(intent)
    if transaction_id:
        try:
            give_back(transaction_id, reason=reason)
        except TransactionNotFound:
            # The user database was reset, or is a copy from before the charge: its balance never paid this either.
            logger.warning("Charge %s is not in the ledger: nothing is given back.", transaction_id)
        except AccountNotFound:
            logger.warning("Who paid the charge %s is gone: nothing is given back.", transaction_id)
        reached("refund:given")
    elif timezone.now() < intent.created_at + LATEST_CHARGE:
        return False
    type(intent)._default_manager.filter(pk=intent.pk).update(refund_due=False)
    return True
