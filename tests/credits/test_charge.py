"""A charge takes credits once, or not at all."""

import uuid

import pytest
from django.conf import settings
from django.db import connections
from django.test.utils import CaptureQueriesContext

from authbridge.models import User
from credits import ledger
from credits.accounts import user_account
from credits.errors import AccountNotFound, InsufficientCredits, KeyReused
from credits.models import CreditTransaction
from credits.selectors import entries_of

pytestmark = pytest.mark.django_db(databases=[settings.AUTH_DB])


def charge(user: User, amount: int = 3, key: str = "search-1", operation: str = "vector_query") -> CreditTransaction:
    return ledger.charge(
        account=user_account(user.id), amount=amount, operation=operation, idempotency_key=key, resource_id="r"
    )


def balance(user: User) -> int:
    user.refresh_from_db()
    return user.credits


def test_a_charge_takes_its_amount_and_leaves_a_row(alice: User) -> None:
    entry = charge(alice)

    stored = CreditTransaction.objects.get(id=entry.id)
    assert balance(alice) == 97
    assert (stored.amount, stored.type, stored.operation, stored.balance_after) == (-3, "usage", "vector_query", 97)


def test_what_a_charge_returns_is_what_was_stored(alice: User) -> None:
    entry = charge(alice)

    stored = CreditTransaction.objects.get(id=entry.id)
    fields = [field.attname for field in CreditTransaction._meta.fields]
    assert [getattr(entry, name) for name in fields] == [getattr(stored, name) for name in fields]


def test_a_repeated_key_charges_once(alice: User) -> None:
    first, second = charge(alice), charge(alice)

    assert second.id == first.id
    assert balance(alice) == 97


def test_a_key_stands_for_one_amount(alice: User) -> None:
    charge(alice, amount=3)

    with pytest.raises(KeyReused):
        charge(alice, amount=4)
    assert balance(alice) == 97


def test_two_people_may_use_the_same_key(alice: User, bob: User) -> None:
    charge(alice)
    charge(bob)

    assert (balance(alice), balance(bob)) == (97, 97)


def test_a_charge_above_the_balance_leaves_no_trace(alice: User) -> None:
    with pytest.raises(InsufficientCredits) as refused:
        charge(alice, amount=101)

    assert refused.value.details == {"required": 101, "available": 100, "source": "user"}
    assert balance(alice) == 100
    assert not entries_of(user_account(alice.id)).filter(type="usage").exists()


def test_the_last_credit_can_be_spent(alice: User) -> None:
    charge(alice, amount=100)

    assert balance(alice) == 0


def test_nobody_is_charged_for_a_user_who_is_not_there() -> None:
    stranger = User(id=str(uuid.uuid4()))

    with pytest.raises(AccountNotFound):
        charge(stranger)


@pytest.mark.parametrize("amount", [0, -5])
def test_a_charge_must_be_positive(alice: User, amount: int) -> None:
    with pytest.raises(ValueError, match="positive"):
        charge(alice, amount=amount)


def test_a_charge_renews_the_users_updated_at(alice: User) -> None:
    User.objects.filter(id=alice.id).update(updated_at="2020-01-01T00:00:00Z")

    charge(alice)

    alice.refresh_from_db()
    assert alice.updated_at.year > 2020


def test_rows_read_newest_first_in_the_order_of_their_balances(alice: User) -> None:
    for number in range(5):
        charge(alice, amount=1, key=f"search-{number}")

    balances = [entry.balance_after for entry in entries_of(user_account(alice.id))]
    assert balances == [95, 96, 97, 98, 99, 100]


@pytest.mark.postgresql
@pytest.mark.django_db(databases=[settings.AUTH_DB], transaction=True)
def test_a_charge_is_one_round_trip_on_postgresql(alice: User) -> None:
    with CaptureQueriesContext(connections[settings.AUTH_DB]) as queries:
        charge(alice)

    assert len(queries) == 1


def test_metadata_comes_back_as_it_was(alice: User) -> None:
    metadata = {"a": [1, {"b": "ü€😀"}], "c": None}

    entry = ledger.charge(
        account=user_account(alice.id), amount=1, operation="hybrid_query", idempotency_key="k", metadata=metadata
    )

    assert CreditTransaction.objects.get(id=entry.id).metadata == metadata
