"""The number of an account's rows is exact, and found without reading them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import connections
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given
from hypothesis import settings as trying
from hypothesis import strategies as st

from authbridge.models import User
from credits import ledger
from credits.accounts import user_account
from credits.models import CreditTransaction
from credits.selectors import entries_of
from credits.selectors.entries import count_entries

pytestmark = pytest.mark.django_db(databases=[settings.AUTH_DB])

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
MOMENTS = st.integers(-3600, 3600).map(lambda second: NOON + timedelta(seconds=second, microseconds=second % 3))
KINDS = [("usage", "hybrid_query"), ("usage", "document_upload"), ("refund", "hybrid_query"), ("bonus", None)]
FILTERS: dict[str, st.SearchStrategy[Any]] = {
    "type": st.sampled_from([None, "usage", "refund", "bonus"]),
    "operation": st.sampled_from([None, "hybrid_query", "document_upload"]),
    "since": st.none() | MOMENTS,
    "until": st.none() | MOMENTS,
}


@trying(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.tuples(MOMENTS, st.sampled_from(KINDS)), max_size=12), filters=st.fixed_dictionaries(FILTERS))
def test_whatever_narrows_them_they_are_as_many_as_there_are(
    make_user: Any, rows: list[Any], filters: dict[str, Any]
) -> None:
    account = user_account(make_user("Counted", credits=0).id)
    CreditTransaction.objects.bulk_create(
        CreditTransaction(user_id=account.id, amount=-1, type=type, operation=operation, created_at=moment)
        for moment, (type, operation) in rows
    )

    assert count_entries(account, **filters) == entries_of(account, **filters).count()


def test_a_new_row_counts_at_once(alice: User) -> None:
    before = count_entries(user_account(alice.id))

    ledger.charge(account=user_account(alice.id), amount=1, operation="hybrid_query", idempotency_key="one")

    assert count_entries(user_account(alice.id)) == before + 1


@pytest.mark.parametrize("filters", [{}, {"type": "usage"}, {"operation": "hybrid_query"}, {"since": NOON}])
def test_no_row_is_read(alice: User, filters: dict[str, Any]) -> None:
    with CaptureQueriesContext(connections[settings.AUTH_DB]) as queries:
        count_entries(user_account(alice.id), **filters)

    assert not any("credit_transactions" in query["sql"] for query in queries)


def test_only_the_ends_of_a_time_are_read(alice: User) -> None:
    since, until = NOON - timedelta(days=90, minutes=1), NOON + timedelta(minutes=1)

    with CaptureQueriesContext(connections[settings.AUTH_DB]) as queries:
        count_entries(user_account(alice.id), since=since, until=until)

    read = [query["sql"] for query in queries if "credit_transactions" in query["sql"]]
    assert len(read) == 2
    assert all(">=" in sql and "<" in sql for sql in read)
