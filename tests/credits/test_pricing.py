"""Prices are data, in force everywhere at once."""

import pytest
from django.conf import settings

from credits import prices
from credits.prices import MEGABYTE, price_of_document
from tests.support.api import API, make_dataset, refusal

pytestmark = pytest.mark.django_db(databases=["default", settings.AUTH_DB])


CONTRACT = {"dataset_create": 2, "vector_query": 1, "keyword_query": 1, "hybrid_query": 2, "embedding_search": 1}


def deduct_premium(service, user):
    body = {"user_id": user.id, "amount": 5, "operation": "premium_query", "idempotency_key": "order-1"}
    return service.post(f"{API}/credits/deduct", body)


def pricing(client):
    return client.get(f"{API}/credits/pricing").json()


def test_everybody_may_read_the_prices(anonymous_client):
    shown = pricing(anonymous_client)

    assert shown["operations"].items() >= CONTRACT.items()
    assert shown["documents"][0] == {"up_to_bytes": MEGABYTE - 1, "credits": 2}
    assert shown["documents"][-1] == {"up_to_bytes": None, "credits": 25}


def test_what_this_instance_cannot_do_cannot_be_bought(anonymous_client, service_client, alice):
    assert "premium_query" not in pricing(anonymous_client)["operations"]
    assert refusal(deduct_premium(service_client, alice)) == (400, "invalid_request")


def test_what_this_instance_can_do_can_be_bought(monkeypatch, anonymous_client, service_client, alice):
    monkeypatch.setitem(prices.ONLY_WHERE, "premium_query", lambda: True)

    assert pricing(anonymous_client)["operations"]["premium_query"] == 5
    assert deduct_premium(service_client, alice).status_code == 200


@pytest.mark.parametrize(
    ("size", "credits"),
    [
        (1, 2),
        (MEGABYTE - 1, 2),
        (MEGABYTE, 3),
        (5 * MEGABYTE, 3),
        (5 * MEGABYTE + 1, 6),
        (10 * MEGABYTE, 6),
        (10 * MEGABYTE + 1, 12),
        (25 * MEGABYTE, 12),
        (25 * MEGABYTE + 1, 25),
        (50 * MEGABYTE, 25),
    ],
)
def test_documents_cost_by_their_size(size, credits):
    assert price_of_document(size) == credits


def test_a_price_from_the_settings_is_shown_and_charged(settings, alice_client, anonymous_client):
    settings.PRICES = {"dataset_create": 7}

    assert pricing(anonymous_client)["operations"]["dataset_create"] == 7
    answer = alice_client.post(f"{API}/datasets", {"name": "Library"})
    assert answer.headers["X-Credits-Charged"] == "7"


def test_document_tiers_from_the_settings_are_shown_and_in_force(settings, anonymous_client):
    settings.DOCUMENT_PRICES = ((100, 1), (None, 9))

    assert pricing(anonymous_client)["documents"] == [
        {"up_to_bytes": 100, "credits": 1},
        {"up_to_bytes": None, "credits": 9},
    ]
    assert [price_of_document(size) for size in (100, 101)] == [1, 9]


def test_other_prices_leave_the_rest_alone(settings, alice_client):
    settings.PRICES = {"vector_query": 9}

    make_dataset(alice_client)

    assert alice_client.get(f"{API}/credits/balance").json()["credits"] == 98
