"""Refunds give back what a charge took, and never more."""

import uuid

import pytest
from django.conf import settings

from authbridge.models import User
from credits import ledger
from credits.accounts import user_account
from credits.errors import KeyReused, RefundTooLarge, TransactionNotFound
from credits.models import CreditTransaction
from credits.services import give_back

pytestmark = pytest.mark.django_db(databases=[settings.AUTH_DB])


@pytest.fixture
def charged(alice: User) -> CreditTransaction:
    """A charge of ten credits."""
    return ledger.charge(account=user_account(alice.id), amount=10, operation="document_upload", idempotency_key="c")


def refund(charged: CreditTransaction, amount: int | None = None, key: str = "r") -> CreditTransaction:
    return ledger.refund(transaction_id=charged.id, amount=amount, idempotency_key=key)


def balance(user: User) -> int:
    user.refresh_from_db()
    return user.credits


def test_a_refund_without_an_amount_gives_all_of_it_back(alice: User, charged: CreditTransaction) -> None:
    entry = refund(charged)

    assert (entry.amount, entry.type, entry.refund_of, entry.operation) == (10, "refund", charged.id, "document_upload")
    assert balance(alice) == 100


def test_a_repeated_refund_gives_back_once(alice: User, charged: CreditTransaction) -> None:
    first, second = refund(charged), refund(charged)

    assert second.id == first.id
    assert balance(alice) == 100


def test_after_a_part_the_rest_is_given_back(alice: User, charged: CreditTransaction) -> None:
    refund(charged, amount=4, key="part")
    rest = refund(charged, key="rest")

    assert rest.amount == 6
    assert balance(alice) == 100


def test_parts_never_add_up_to_more_than_the_charge(alice: User, charged: CreditTransaction) -> None:
    refund(charged, amount=7, key="first")

    with pytest.raises(RefundTooLarge) as refused:
        refund(charged, amount=4, key="second")
    assert refused.value.details == {"requested": 4, "remaining": 3}
    assert balance(alice) == 97


def test_what_was_refunded_in_full_cannot_be_refunded_under_another_key(charged: CreditTransaction) -> None:
    refund(charged, key="one")

    with pytest.raises(RefundTooLarge):
        refund(charged, key="two")


def test_a_refund_key_stands_for_one_amount(charged: CreditTransaction) -> None:
    refund(charged, amount=4)

    with pytest.raises(KeyReused):
        refund(charged, amount=5)


def test_a_grant_cannot_be_refunded(alice: User) -> None:
    grant = ledger.grant(account=user_account(alice.id), amount=5, type="bonus", idempotency_key="g")

    with pytest.raises(TransactionNotFound):
        refund(grant)


@pytest.mark.parametrize("transaction_id", [str(uuid.uuid4()), "not-a-uuid", ""])
def test_an_unknown_charge_cannot_be_refunded(transaction_id: str) -> None:
    with pytest.raises(TransactionNotFound):
        ledger.refund(transaction_id=transaction_id, idempotency_key="r")


def test_giving_back_what_staff_gave_back_already_is_done(alice: User, charged: CreditTransaction) -> None:
    refund(charged, key="by staff")

    assert give_back(charged.id, reason="The document could not be read.") == 0
    assert balance(alice) == 100
