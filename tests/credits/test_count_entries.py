"""The number of an account's rows is exact, whatever was counted before."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connections
from django.test.utils import CaptureQueriesContext

from authbridge.models import User
from credits import ledger
from credits.accounts import user_account
from credits.models import CreditTransaction
from credits.selectors import entries
from credits.selectors.entries import count_entries, forget_counts

pytestmark = pytest.mark.django_db(databases=[settings.AUTH_DB])


@pytest.fixture(autouse=True)
def _nothing_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Begin without counts, and remember them however small."""
    cache.clear()
    monkeypatch.setattr(entries, "MOST_COUNTED_AFRESH", 0)


def age(entry: CreditTransaction, hours: int) -> None:
    """Have written a row some hours ago: inserted as such, since rows are never changed."""
    entry.pk = None
    entry.id = str(uuid.uuid4())
    entry.idempotency_key = f"aged-{hours}"
    entry.created_at = datetime.now(UTC) - timedelta(hours=hours)
    entry.save(force_insert=True)


def charge(user: User, key: str) -> CreditTransaction:
    return ledger.charge(account=user_account(user.id), amount=1, operation="hybrid_query", idempotency_key=key)


def test_new_rows_count_at_once(alice: User) -> None:
    before = count_entries(user_account(alice.id))

    charge(alice, "one")

    assert count_entries(user_account(alice.id)) == before + 1


def test_old_and_new_rows_count_alike(alice: User) -> None:
    for hours in (2, 30, 900):
        age(charge(alice, f"k-{hours}"), hours)

    counts = {count_entries(user_account(alice.id)) for _ in range(3)}

    assert counts == {CreditTransaction.objects.filter(account_id=alice.id).count()}


def test_of_a_ledger_that_goes_nothing_is_remembered(alice: User) -> None:
    age(charge(alice, "one"), 30)
    count_entries(user_account(alice.id))

    forget_counts()

    assert entries.recall(entries.name_of_count("user", alice.id)) == (None, 0)


@pytest.mark.parametrize("method", ["get", "set"])
def test_without_the_cache_all_rows_are_counted(alice: User, monkeypatch: pytest.MonkeyPatch, method: str) -> None:
    def refuse(*args: object, **kwargs: object) -> None:
        raise ConnectionError

    monkeypatch.setattr(cache, method, refuse)
    age(charge(alice, "k"), 30)

    assert [count_entries(user_account(alice.id)) for _ in range(2)] == [3, 3]


def test_rows_that_settled_are_not_counted_again(alice: User) -> None:
    age(charge(alice, "k"), 30)
    count_entries(user_account(alice.id))

    with CaptureQueriesContext(connections[settings.AUTH_DB]) as queries:
        count_entries(user_account(alice.id))

    assert "created_at" in queries[0]["sql"]


def test_a_server_whose_clock_is_behind_counts_no_row_twice(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    age(charge(alice, "k"), 30)
    count_entries(user_account(alice.id))

    monkeypatch.setattr(entries, "SETTLED_AFTER", timedelta(hours=60))

    assert [count_entries(user_account(alice.id)) for _ in range(2)] == [3, 3]


def test_few_rows_are_counted_one_by_one(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entries, "MOST_COUNTED_AFRESH", 100)
    count_entries(user_account(alice.id))

    age(charge(alice, "k"), 900)

    assert count_entries(user_account(alice.id)) == 3
