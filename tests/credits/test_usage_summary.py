"""What was used, net of refunds, by operation and by UTC day."""

from datetime import timedelta

import pytest
from django.conf import settings

from credits import ledger
from credits.accounts import user_account
from credits.models import CreditTransaction
from credits.periods import start_of_day
from credits.services import add_credits
from tests.support.api import API, refusal
from tests.support.clients import client_with_token

pytestmark = pytest.mark.django_db(databases=["default", settings.AUTH_DB])

SUMMARY = f"{API}/credits/usage-summary"


def used(user, amount, *, operation="hybrid_query", days_ago=0, seconds=0):
    """Write down a charge of some days ago, so many seconds after that UTC day began."""
    CreditTransaction.objects.create(
        user_id=user.id,
        amount=-amount,
        type="usage",
        operation=operation,
        created_at=start_of_day() - timedelta(days=days_ago) + timedelta(seconds=seconds),
    )


def day(days_ago):
    return str((start_of_day() - timedelta(days=days_ago)).date())


def summary(client, **query):
    return client.get(SUMMARY, query).json()


def test_without_use_the_summary_is_empty(alice_client):
    assert summary(alice_client) == {"days": 30, "total": 0, "by_operation": [], "by_day": []}


def test_use_is_added_up_by_operation_the_most_expensive_first(alice, alice_client):
    for amount, operation in ((2, "hybrid_query"), (2, "hybrid_query"), (6, "document_upload")):
        used(alice, amount, operation=operation)

    assert summary(alice_client)["by_operation"] == [
        {"operation": "document_upload", "credits": 6, "count": 1},
        {"operation": "hybrid_query", "credits": 4, "count": 2},
    ]
    assert summary(alice_client)["total"] == 10


def test_use_is_added_up_by_utc_day_from_first_to_last_second(alice, alice_client):
    used(alice, 1, days_ago=2, seconds=0)
    used(alice, 2, days_ago=2, seconds=24 * 3600 - 1)
    used(alice, 4, days_ago=1, seconds=0)

    assert summary(alice_client)["by_day"] == [{"date": day(2), "credits": 3}, {"date": day(1), "credits": 4}]


def test_refunds_are_taken_off(alice, alice_client):
    charged = ledger.charge(account=user_account(alice.id), amount=10, operation="document_upload", idempotency_key="c")
    ledger.refund(transaction_id=charged.id, amount=4, idempotency_key="r")

    body = summary(alice_client)

    assert body["total"] == 6
    assert body["by_operation"] == [{"operation": "document_upload", "credits": 6, "count": 1}]
    assert [row["credits"] for row in body["by_day"]] == [6]


def test_purchases_and_transfers_are_no_use(alice, alice_client):
    add_credits(user_id=alice.id, amount=500, type="purchase", idempotency_key="p")
    alice_client.post(f"{API}/api-keys", {"name": "k", "credits": 10})

    assert summary(alice_client)["total"] == 0


@pytest.mark.parametrize(("days", "total"), [(1, 1), (2, 3), (30, 3)])
def test_only_the_last_days_count_today_included(alice, alice_client, days, total):
    used(alice, 1, days_ago=0)
    used(alice, 2, days_ago=1)
    used(alice, 4, days_ago=30)

    assert summary(alice_client, days=days)["total"] == total


def test_a_key_sees_the_use_of_the_account_it_pays_from(alice, alice_client):
    used(alice, 5)
    key = alice_client.post(f"{API}/api-keys", {"name": "k", "credits": 10}).json()["key"]
    robot = client_with_token(key)
    robot.post(f"{API}/datasets", {"name": "Library"})

    assert summary(robot)["by_operation"] == [{"operation": "dataset_create", "credits": 2, "count": 1}]
    assert summary(alice_client)["total"] == 5


@pytest.mark.parametrize("days", ["0", "-1", "367", "x", "1.5"])
def test_bad_days_are_refused(alice_client, days):
    refused = alice_client.get(SUMMARY, {"days": days})

    assert refusal(refused) == (400, "invalid_request")
    assert "days" in refused.json()["details"]
