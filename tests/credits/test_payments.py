"""What a call pays, at the moment when it does: whatever was seen of the balance before."""

from dataclasses import replace

import pytest
from django.conf import settings

from authbridge.models import User
from credits.accounts import user_account
from credits.errors import ChargeUndone, InsufficientCredits
from credits.services import Charge, Payer, give_back, pay, pay_all

pytestmark = pytest.mark.django_db(databases=[settings.AUTH_DB])

CHARGE = Charge("hybrid_query", 2, "hybrid_query:a", "r")


@pytest.fixture
def payer(alice: User) -> Payer:
    """Alice, as seen when she had a thousand credits."""
    return Payer(user_account(alice.id), known_balance=1_000)


def balance(user: User) -> int:
    user.refresh_from_db()
    return user.credits


def test_a_charge_that_was_given_back_does_not_count_as_paid(payer: Payer, alice: User) -> None:
    [paid] = pay(payer=payer, charge=CHARGE).transaction_ids
    give_back(paid, reason="The answer broke off.")

    with pytest.raises(ChargeUndone):
        pay(payer=payer, charge=CHARGE)

    assert balance(alice) == 100


def test_credits_that_have_gone_meanwhile_are_missed(payer: Payer, alice: User) -> None:
    with pytest.raises(InsufficientCredits):
        pay(payer=payer, charge=replace(CHARGE, amount=101))

    assert balance(alice) == 100


def test_of_several_charges_all_are_made_or_none(payer: Payer, alice: User) -> None:
    charges = [replace(CHARGE, amount=60, idempotency_key=f"hybrid_query:{number}") for number in range(2)]

    with pytest.raises(InsufficientCredits):
        pay_all(payer=payer, charges=charges)

    assert balance(alice) == 100
