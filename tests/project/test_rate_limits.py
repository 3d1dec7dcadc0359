"""Calls are counted per account and hour."""

from typing import Any

import pytest
from django.core.cache import cache
from rest_framework.test import APIClient

from fltr_project.http import limits

pytestmark = pytest.mark.django_db(databases="__all__")

BALANCE = "/api/v1/credits/balance"


@pytest.fixture(autouse=True)
def _limits(settings: Any) -> Any:
    settings.RATE_LIMITS = {"anonymous": 2, "api_key": 3, "session": 4}
    cache.clear()
    yield
    cache.clear()


def test_an_answer_tells_how_many_calls_are_left(alice_client: APIClient) -> None:
    answer = alice_client.get(BALANCE)

    assert (answer["X-RateLimit-Limit"], answer["X-RateLimit-Remaining"]) == ("4", "3")
    assert int(answer["X-RateLimit-Reset"]) % 3600 == 0


def test_the_call_beyond_the_limit_is_refused_with_when_to_come_back(alice_client: APIClient) -> None:
    for _ in range(4):
        assert alice_client.get(BALANCE).status_code == 200

    answer = alice_client.get(BALANCE)

    assert (answer.status_code, answer.json()["code"]) == (429, "rate_limit_exceeded")
    assert 1 <= answer.json()["details"]["retry_after"] == int(answer["Retry-After"]) <= 3600


def test_accounts_are_counted_apart(alice_client: APIClient, bob_client: APIClient) -> None:
    for _ in range(5):
        alice_client.get(BALANCE)

    assert bob_client.get(BALANCE).status_code == 200


def test_anonymous_callers_are_counted_by_address(anonymous_client: APIClient) -> None:
    answers = [anonymous_client.get("/api/v1/datasets", REMOTE_ADDR="10.0.0.1") for _ in range(3)]
    elsewhere = anonymous_client.get("/api/v1/datasets", REMOTE_ADDR="10.0.0.2")

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert elsewhere.status_code == 200


def test_service_calls_are_not_limited(service_client: APIClient, alice: Any) -> None:
    body = {"user_id": alice.id, "amount": 1, "operation": "vector_query"}
    answers = [
        service_client.post("/api/v1/credits/deduct", {**body, "idempotency_key": str(number)}) for number in range(6)
    ]

    assert {answer.status_code for answer in answers} == {200}


def test_a_cache_that_is_down_stops_nobody(alice_client: APIClient, monkeypatch: Any) -> None:
    def refuse(*args: Any, **kwargs: Any) -> None:
        raise ConnectionError

    monkeypatch.setattr(limits.cache, "incr", refuse)

    assert alice_client.get(BALANCE).status_code == 200


def test_only_trusted_proxies_may_speak_for_others(rf: Any, settings: Any) -> None:
    settings.TRUSTED_PROXIES = ["10.0.0.0/8"]
    by_proxy = rf.get("/", REMOTE_ADDR="10.1.2.3", HTTP_X_FORWARDED_FOR="1.1.1.1, 9.9.9.9, 10.0.0.7")
    by_stranger = rf.get("/", REMOTE_ADDR="8.8.8.8", HTTP_X_FORWARDED_FOR="1.1.1.1")

    assert limits.address_of(by_proxy) == "9.9.9.9"
    assert limits.address_of(by_stranger) == "8.8.8.8"


def test_an_ipv6_network_is_one_client(rf: Any) -> None:
    addresses = [limits.address_of(rf.get("/", REMOTE_ADDR=f"2001:db8::{number}")) for number in (1, 2)]

    assert addresses[0] == addresses[1]
