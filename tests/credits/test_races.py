"""Many at once, on real connections: money comes out right."""

import pytest
from django.conf import settings

from authbridge.models import User
from credits import ledger
from credits.accounts import user_account
from credits.selectors import entries_of
from tests.support.threads import at_once, kinds

pytestmark = pytest.mark.django_db(databases=[settings.AUTH_DB], transaction=True)

QUERY = "hybrid_query"
THREADS = 50


def test_fifty_charges_on_credits_for_twenty_let_twenty_through(make_user) -> None:
    user = make_user(credits=60)
    account = user_account(user.id)

    results = at_once(
        lambda n: ledger.charge(account=account, amount=3, operation=QUERY, idempotency_key=f"charge-{n}"), THREADS
    )

    user.refresh_from_db()
    assert kinds(results) == {"CreditTransaction": 20, "InsufficientCredits": 30}
    assert user.credits == 0
    assert sum(entry.amount for entry in entries_of(account)) == 0


def test_the_same_key_fifty_times_at_once_is_one_charge(alice: User) -> None:
    account = user_account(alice.id)

    results = at_once(
        lambda n: ledger.charge(account=account, amount=3, operation=QUERY, idempotency_key="same"), THREADS
    )

    alice.refresh_from_db()
    assert len({entry.id for entry in results}) == 1
    assert alice.credits == 97


def test_refunds_of_one_charge_at_once_never_give_more_than_it_took(alice: User) -> None:
    account = user_account(alice.id)
    charged = ledger.charge(account=account, amount=10, operation=QUERY, idempotency_key="c")

    results = at_once(
        lambda n: ledger.refund(transaction_id=charged.id, amount=3, idempotency_key=f"refund-{n}"), times=20
    )

    alice.refresh_from_db()
    assert kinds(results) == {"CreditTransaction": 3, "RefundTooLarge": 17}
    assert alice.credits == 99


def test_first_movements_at_once_write_one_opening_row(make_user) -> None:
    user = make_user(credits=0)
    User.objects.filter(id=user.id).update(credits=100)
    account = user_account(user.id)

    at_once(lambda n: ledger.charge(account=account, amount=1, operation=QUERY, idempotency_key=f"c-{n}"), times=20)

    user.refresh_from_db()
    openings = [entry.amount for entry in entries_of(account) if entry.type == "opening"]
    assert openings == [100]
    assert user.credits == sum(entry.amount for entry in entries_of(account)) == 80


def test_transfers_there_and_back_at_once_never_wait_for_each_other(make_user) -> None:
    there, back = (user_account(make_user(name, credits=100).id) for name in ("There", "Back"))

    def transfer(number: int) -> object:
        source, target = (there, back) if number % 2 else (back, there)
        for turn in range(10):
            entries = ledger.transfer(source=source, target=target, amount=1, idempotency_key=f"{number}:{turn}")
        return entries[0]

    assert kinds(at_once(transfer, times=20)) == {"CreditTransaction": 20}
