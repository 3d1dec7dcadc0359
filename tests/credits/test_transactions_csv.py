"""The ledger as a list and as a file: the same rows, the same filters."""

import csv
import io
import tracemalloc
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings

from credits.models import CreditTransaction
from credits.renderers import csv_parts
from credits.services import add_credits, deduct_credits
from tests.support.api import API, make_dataset, refusal
from tests.support.clients import client_with_token

pytestmark = pytest.mark.django_db(databases=["default", settings.AUTH_DB])

TRANSACTIONS = f"{API}/credits/transactions"
COLUMNS = [
    "id",
    "amount",
    "type",
    "operation",
    "resource_id",
    "api_key_id",
    "team_id",
    "balance_after",
    "metadata",
    "created_at",
]


def read(answer):
    """Return the rows of a file, as a spreadsheet would read them."""
    text = b"".join(answer.streaming_content).decode()
    return list(csv.DictReader(io.StringIO(text, newline="")))


def download(client, **query):
    return client.get(TRANSACTIONS, {"format": "csv", **query})


def deduct(user, key, operation="hybrid_query", **fields):
    return deduct_credits(user_id=user.id, amount=1, operation=operation, idempotency_key=key, **fields)


@pytest.mark.parametrize("ask", [{"data": {"format": "csv"}}, {"HTTP_ACCEPT": "text/csv"}])
def test_a_file_can_be_asked_for_in_two_ways(alice_client, ask):
    answer = alice_client.get(TRANSACTIONS, **ask)

    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="transactions.csv"'
    assert list(read(answer)[0]) == COLUMNS


def test_the_file_has_the_rows_of_the_list(alice, alice_client):
    make_dataset(alice_client)
    add_credits(user_id=alice.id, amount=5, type="purchase", idempotency_key="p", metadata={"invoice": "in_1"})

    rows = read(download(alice_client))
    listed = alice_client.get(TRANSACTIONS).json()["transactions"]

    assert [row["id"] for row in rows] == [row["id"] for row in listed]
    for name in ("amount", "balance_after", "created_at", "type"):
        assert [row[name] for row in rows] == [str(row[name]) for row in listed]
    assert rows[0]["metadata"] == '{"invoice": "in_1"}'
    assert rows[0]["resource_id"] == ""


def test_the_file_has_all_rows_whatever_a_page_holds(alice, alice_client):
    for number in range(30):
        deduct(alice, f"k-{number}")

    assert len(read(download(alice_client, limit=10, offset=5))) == 31


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"type": "usage"}, ["b", "a"]),
        ({"operation": "vector_query"}, ["b"]),
        ({"operation": "vector_query", "type": "bonus"}, []),
        ({"since": "2999-01-01T00:00:00Z"}, []),
        ({"until": "2001-01-01T00:00:00Z"}, []),
    ],
)
def test_the_filters_narrow_list_and_file_alike(alice, alice_client, query, expected):
    deduct(alice, "1", resource_id="a")
    deduct(alice, "2", resource_id="b", operation="vector_query")

    page = alice_client.get(TRANSACTIONS, query).json()

    assert [row["resource_id"] for row in page["transactions"]] == expected
    assert page["total"] == len(expected)
    assert [row["resource_id"] for row in read(download(alice_client, **query))] == expected


def test_since_is_inclusive_and_until_is_not(alice, alice_client):
    noon = datetime(2020, 5, 5, 12, tzinfo=UTC)
    for hours in (-1, 0, 1):
        CreditTransaction.objects.create(
            user_id=alice.id, amount=hours, type="bonus", created_at=noon + timedelta(hours=hours)
        )

    query = {"since": "2020-05-05T12:00:00Z", "until": "2020-05-05T13:00:00Z"}

    assert [row["amount"] for row in read(download(alice_client, **query))] == ["0"]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝"])
def test_formulas_are_made_inert(alice, alice_client, start):
    CreditTransaction.objects.create(user_id=alice.id, amount=1, type="usage", resource_id=f"{start}cmd|' /C calc'!A0")

    [cell] = [row["resource_id"] for row in read(download(alice_client, type="usage"))]

    assert cell == f"'{start}cmd|' /C calc'!A0"


def test_amounts_stay_numbers(alice, alice_client):
    deduct(alice, "1")

    assert read(download(alice_client))[0]["amount"] == "-1"


def test_text_that_looks_like_csv_stays_one_cell(alice, alice_client):
    deduct(alice, "1", resource_id='a,"b"\nc')

    assert read(download(alice_client))[0]["resource_id"] == 'a,"b"\nc'


def test_a_session_sees_its_own_rows_alone(alice_client, bob, bob_client):
    deduct(bob, "1", resource_id="bobs")

    assert "bobs" not in [row["resource_id"] for row in read(download(alice_client))]


def test_a_key_sees_the_account_it_pays_from(alice_client):
    key = alice_client.post(f"{API}/api-keys", {"name": "k", "credits": 30}).json()

    rows = read(download(client_with_token(key["key"])))

    assert [(row["type"], row["amount"]) for row in rows] == [("transfer", "30")]


def test_a_teams_rows_come_as_a_file_too(alice_client):
    team = alice_client.post(f"{API}/teams", {"name": "Readers"}).json()
    alice_client.post(f"{API}/teams/{team['id']}/credits", {"amount": 40})

    rows = read(alice_client.get(f"{API}/teams/{team['id']}/transactions?format=csv"))

    assert [(row["type"], row["amount"]) for row in rows] == [("transfer", "40")]


@pytest.mark.parametrize("query", [{"type": "gift"}, {"since": "yesterday"}, {"format": "xlsx"}])
def test_bad_filters_are_refused_by_name(alice_client, query):
    refused = alice_client.get(TRANSACTIONS, query)

    assert refusal(refused) == (400, "invalid_request")
    assert set(refused.json()["details"]) == set(query)


@pytest.mark.parametrize("ask", [{"data": {"format": "csv", "type": "gift"}}, {"HTTP_ACCEPT": "text/csv"}])
def test_errors_are_json_also_for_who_asked_for_a_file(alice_client, anonymous_client, ask):
    client = alice_client if "data" in ask else anonymous_client

    refused = client.get(TRANSACTIONS, **ask)

    assert refused.headers["Content-Type"] == "application/json"
    assert refusal(refused)[0] in (400, 401)


@pytest.mark.parametrize("ask", [{"HTTP_ACCEPT": "application/json"}, {"HTTP_ACCEPT": "*/*"}, {}])
def test_otherwise_the_answer_is_json(alice_client, ask):
    assert alice_client.get(TRANSACTIONS, **ask).headers["Content-Type"] == "application/json"


def test_people_see_a_page_and_may_ask_it_for_the_file(alice_client):
    page = alice_client.get(TRANSACTIONS, HTTP_ACCEPT="text/html")
    file = alice_client.get(TRANSACTIONS, {"format": "csv"}, HTTP_ACCEPT="text/html")

    assert page.headers["Content-Type"].startswith("text/html")
    assert page.status_code == 200
    assert file.headers["Content-Type"].startswith("text/csv")


def test_other_actions_have_no_files(alice_client):
    assert refusal(alice_client.get(f"{API}/credits/balance", HTTP_ACCEPT="text/csv")) == (406, "not_acceptable")


def test_a_long_file_needs_no_more_memory_than_a_short_one():
    def peak(rows):
        tracemalloc.start()
        for part in csv_parts(COLUMNS, ((number,) * 10 for number in range(rows))):
            del part
        _, highest = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return highest

    assert peak(40_000) < 2 * peak(2_000)
