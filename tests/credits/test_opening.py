"""Credits that are older than the ledger are explained by one opening row."""

import pytest
from django.conf import settings
from django.db import connections

from authbridge.models import User
from credits import ledger
from credits.accounts import user_account
from credits.migrations._adoption import explain_history
from credits.models import CreditTransaction
from credits.selectors import entries_of

pytestmark = pytest.mark.django_db(databases=[settings.AUTH_DB])


@pytest.fixture
def old_hand(make_user) -> User:
    """A user who had 40 credits before the ledger came."""
    user = make_user("Oldhand", credits=0)
    User.objects.filter(id=user.id).update(credits=40)
    return user


def adopt_history() -> None:
    """Do what the first migration does once the tables are there."""
    explain_history(None, connections[settings.AUTH_DB].schema_editor())


def story(user: User) -> list[tuple[str, int, int | None]]:
    return [(entry.type, entry.amount, entry.balance_after) for entry in reversed(entries_of(user_account(user.id)))]


def test_the_first_charge_writes_the_opening_row_before_its_own(old_hand: User) -> None:
    ledger.charge(account=user_account(old_hand.id), amount=3, operation="hybrid_query", idempotency_key="k")

    assert story(old_hand) == [("opening", 40, 40), ("usage", -3, 37)]


def test_the_first_grant_writes_the_opening_row_before_its_own(old_hand: User) -> None:
    ledger.grant(account=user_account(old_hand.id), amount=5, type="bonus", idempotency_key="k")

    assert story(old_hand) == [("opening", 40, 40), ("bonus", 5, 45)]


def test_a_refused_charge_writes_no_opening_row(old_hand: User) -> None:
    with pytest.raises(Exception, match="41 credits"):
        ledger.charge(account=user_account(old_hand.id), amount=41, operation="hybrid_query", idempotency_key="k")

    assert story(old_hand) == []


def test_who_starts_with_nothing_needs_no_opening_row(make_user) -> None:
    newcomer = make_user("Newcomer", credits=0)

    ledger.grant(account=user_account(newcomer.id), amount=5, type="bonus", idempotency_key="k")

    assert story(newcomer) == [("bonus", 5, 5)]


def test_adopting_gives_each_old_user_one_opening_row(old_hand: User, alice: User) -> None:
    adopt_history()
    adopt_history()

    assert story(old_hand) == [("opening", 40, 40)]
    assert story(alice) == [("bonus", 100, 100)]


def test_adopting_counts_what_the_site_had_written(old_hand: User) -> None:
    CreditTransaction.objects.create(user_id=old_hand.id, amount=15, type="purchase")

    adopt_history()

    assert sum(amount for _, amount, _ in story(old_hand)) == 40
