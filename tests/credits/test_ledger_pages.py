"""Staff page through a ledger of any length: its rows are counted by totals, and sought by an index."""

import json
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import connections
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext

from authbridge.models import User
from credits.accounts import user_account
from credits.ledger_pages import LedgerPaginator, count_known
from credits.models import CreditTransaction
from credits.selectors import AccountEntries
from tests.support.sql import execute
from tests.support.staff import client_of_staff, rows_of, url_of

pytestmark = pytest.mark.django_db(databases="__all__")

LEDGER = url_of("credits_credittransaction")
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ROWS, A_PAGE = 23, 5


@pytest.fixture
def rows(alice: User) -> list[CreditTransaction]:
    """Rows over some days, newest first, of two types and two operations; some at one moment."""
    CreditTransaction.objects.bulk_create(
        CreditTransaction(
            user_id=alice.id,
            account_type="user",
            account_id=alice.id,
            amount=-1,
            type="refund" if number % 4 == 0 else "usage",
            operation="document_upload" if number % 3 == 0 else "hybrid_query",
            created_at=NOON + timedelta(hours=number // 2 * 5),
        )
        for number in range(ROWS)
    )
    return list(CreditTransaction.objects.order_by("-created_at", "-id"))


def paginator(known_count: int | None = None) -> LedgerPaginator:
    ordered = CreditTransaction.objects.order_by("-created_at", "-id")
    return LedgerPaginator(ordered, A_PAGE, known_count=known_count)


@pytest.mark.parametrize("known", [True, False])
def test_the_pages_together_are_all_rows_in_order(rows: list[CreditTransaction], known: bool) -> None:
    pages = paginator(len(rows) if known else None)

    assert [row for number in pages.page_range for row in pages.page(number)] == rows


def test_a_count_that_is_not_true_any_more_hides_no_row(rows: list[CreditTransaction]) -> None:
    pages = paginator(len(rows) + 1)

    assert {row for number in pages.page_range for row in pages.page(number)} == set(rows)


@pytest.mark.parametrize(
    "query",
    [
        "",
        "type__exact=refund",
        "operation=document_upload",
        "account_type__exact=user&type__exact=usage",
        "created_at_from=2026-03-02&created_at_to=2026-03-03",
        "created_at_from=&created_at_to=nonsense&p=2&o=-1",
    ],
)
def test_totals_know_how_many_rows_pass_the_filters(rows: list[CreditTransaction], query: str) -> None:
    listed = client_of_staff().get(f"{LEDGER}?{query.replace('p=2&', '')}").context["cl"]

    assert count_known(QueryDict(query)) == listed.queryset.count() == listed.result_count


def test_what_totals_cannot_tell_is_counted(rows: list[CreditTransaction], alice: User) -> None:
    assert count_known(QueryDict(f"q={alice.id}")) is None
    assert len(rows_of(client_of_staff().get(LEDGER, {"q": str(alice.id)}))) == len(rows)


@pytest.mark.parametrize("column", ["id", "resource_id", "account_id", "api_key_id", "refund_of"])
def test_an_id_is_found_wherever_it_stands(alice: User, column: str) -> None:
    id = uuid.uuid4()
    row = CreditTransaction.objects.create(
        **{"user_id": alice.id, "account_type": "api_key", "account_id": uuid.uuid4(), "amount": 1, "type": "bonus"}
        | {column: id}
    )

    assert [each.id for each in rows_of(client_of_staff().get(LEDGER, {"q": str(id)}))] == [row.id]


def test_an_id_is_looked_for_by_one_index_at_a_time(alice: User) -> None:
    client = client_of_staff()

    with CaptureQueriesContext(connections[settings.AUTH_DB]) as queries:
        client.get(LEDGER, {"q": str(uuid.uuid4())})

    assert not any(" OR " in query["sql"] for query in queries if "credit_transactions" in query["sql"])


class TestPlans:
    """What the indexes are for, as the database would use them on a table of some length."""

    @pytest.fixture(autouse=True)
    def _long(self, alice: User) -> None:
        """A tenth of the rows is Alice's, and of those nearly all are one operation's use."""
        CreditTransaction.objects.bulk_create(
            CreditTransaction(
                user_id=(person := alice.id if number % 10 == 0 else uuid.UUID(int=number % 10)),
                account_type="user",
                account_id=person,
                amount=-1,
                type="bonus" if number % 500 == 0 else "usage",
                operation="document_upload" if number % 200 == 10 else "hybrid_query",
                created_at=NOON + timedelta(minutes=number),
            )
            for number in range(4_000)
        )
        execute("ANALYZE credit_transactions")

    def plan_of(self, rows: Any) -> str:
        connection = connections[settings.AUTH_DB]
        with CaptureQueriesContext(connection) as queries:
            list(rows)
        sql = queries[0]["sql"]
        if connection.vendor == "sqlite":
            with connection.cursor() as cursor:
                cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
                return " ".join(str(row[-1]) for row in cursor.fetchall())
        return json.dumps(execute(f"EXPLAIN (FORMAT JSON) {sql}".replace("%", "%%"))[0][0])

    @pytest.mark.parametrize(
        ("filters", "index"),
        [
            ({}, "credit_entry_by_account"),
            ({"type": "bonus"}, "credit_entry_by_type"),
            ({"operation": "document_upload"}, "credit_entry_by_operation"),
        ],
    )
    def test_a_page_of_an_account_is_read_in_order(self, alice: User, filters: dict[str, str], index: str) -> None:
        plan = self.plan_of(AccountEntries(user_account(alice.id), **filters).rows[:20])

        assert index in plan
        assert "SORT" not in plan.upper()

    def test_a_page_of_everything_reads_ids_alone(self) -> None:
        plan = self.plan_of(CreditTransaction.objects.values_list("pk", flat=True)[:20])

        assert "credit_entry_by_time" in plan
        assert "Index Only" in plan or "COVERING" in plan

    def test_a_type_is_read_in_order(self) -> None:
        of_type = CreditTransaction.objects.filter(type="bonus").exclude(type="usage")
        plan = self.plan_of(of_type.order_by("-created_at", "-id").values_list("pk", flat=True)[:20])

        assert "credit_entry_of_type" in plan
        assert "SORT" not in plan.upper()
