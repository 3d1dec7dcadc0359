"""What other rooms ask of this one: pay, give back, manage keys and teams."""

from credits.services.billing import add_credits, deduct_credits
from credits.services.keys import create_api_key, note_use, revoke_api_key
from credits.services.payments import (
    Charge,
    Payer,
    ensure_affordable,
    ensure_payable,
    give_back,
    pay,
    pay_all,
    payer_of,
)
from credits.services.welcome import ensure_welcomed

__all__ = [
    "Charge",
    "Payer",
    "add_credits",
    "create_api_key",
    "deduct_credits",
    "ensure_affordable",
    "ensure_payable",
    "ensure_welcomed",
    "give_back",
    "note_use",
    "pay",
    "pay_all",
    "payer_of",
    "revoke_api_key",
]
