"""Whoever guesses is slowed down, and nobody else notices."""

import logging
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core.cache import cache
from django.test import Client
from rest_framework.test import APIClient

from authbridge.models import Session, User
from tests.support.clients import client_for
from tests.support.people import make_session

pytestmark = pytest.mark.django_db(databases="__all__")

BALANCE = "/api/v1/credits/balance"
LIMIT = 3


@pytest.fixture(autouse=True)
def _limits(settings: Any) -> Any:
    settings.AUTH_FAILURE_LIMIT = (LIMIT, 600)
    settings.INTERNAL_WEBHOOK_SECRET = "the secret of the site"
    cache.clear()
    yield
    cache.clear()


def ask(address: str = "10.0.0.1", **headers: str) -> Any:
    return APIClient().get(BALANCE, headers=headers, REMOTE_ADDR=address)


BAD = {
    "a token": {"Authorization": "Bearer nobody"},
    "an API key": {"Authorization": "Bearer fltr_sk_" + "x" * 43},
    "a cookie": {"Cookie": "better-auth.session_token=a.b"},
}


@pytest.mark.parametrize("headers", BAD.values(), ids=BAD)
def test_the_bad_credential_beyond_the_limit_is_429(headers: dict[str, str]) -> None:
    answers = [ask(**headers) for _ in range(LIMIT + 2)]

    assert [answer.status_code for answer in answers] == [401] * LIMIT + [429] * 2
    body = answers[-1].json()
    assert body["code"] == "too_many_attempts"
    assert 1 <= body["details"]["retry_after"] == int(answers[-1]["Retry-After"]) <= 600


def test_a_bad_webhook_secret_counts_too(service_client: APIClient) -> None:
    service_client.credentials(HTTP_X_WEBHOOK_SECRET="wrong")

    statuses = [service_client.post("/api/v1/credits/deduct", {}).status_code for _ in range(LIMIT + 1)]

    assert statuses == [401] * LIMIT + [429]


def test_a_good_credential_is_taken_whatever_others_tried_from_there(alice_session: Session) -> None:
    for _ in range(LIMIT * 3):
        ask(**BAD["a token"])

    assert ask(Authorization=f"Bearer {alice_session.token}").status_code == 200


def test_addresses_are_counted_apart() -> None:
    for _ in range(LIMIT + 1):
        ask(**BAD["a token"])

    assert ask("10.0.0.2", **BAD["a token"]).status_code == 401


def test_a_session_that_has_expired_is_no_guess(alice: User) -> None:
    from datetime import timedelta

    token = make_session(alice, lifetime=timedelta(seconds=-1)).token

    answers = [ask(Authorization=f"Bearer {token}") for _ in range(LIMIT + 2)]

    assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(401, "session_expired")}


def test_no_credential_is_no_guess() -> None:
    assert {ask().status_code for _ in range(LIMIT + 2)} == {401}


def test_the_site_s_server_does_not_count(settings: Any) -> None:
    settings.TRUSTED_PROXIES = ["10.0.0.0/8"]

    assert {ask(**BAD["a token"]).status_code for _ in range(LIMIT + 2)} == {401}


def test_behind_a_proxy_its_client_counts(settings: Any) -> None:
    settings.TRUSTED_PROXIES = ["10.0.0.0/8"]
    forwarded = {**BAD["a token"], "X-Forwarded-For": "203.0.113.9"}

    assert [ask(**forwarded).status_code for _ in range(LIMIT + 1)] == [401] * LIMIT + [429]


def test_one_line_of_the_log_says_so(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "fltr_project.http.attempts"):
        for _ in range(LIMIT * 3):
            ask(**BAD["a token"])

    assert [record.getMessage() for record in caplog.records] == [
        "More than 3 bad credentials for 10.0.0.1; answering 429."
    ]


def test_it_can_be_turned_off(settings: Any) -> None:
    settings.AUTH_FAILURE_LIMIT = None

    assert {ask(**BAD["a token"]).status_code for _ in range(LIMIT + 2)} == {401}


class TestForms:
    def sign_in(self, address: str, token: str = "nobody") -> Any:
        return Client().post("/api/sign-in", {"token": token}, REMOTE_ADDR=address)

    def log_in(self, address: str, name: str = "root", password: str = "wrong") -> Any:
        return Client().post("/admin/login/", {"username": name, "password": password}, REMOTE_ADDR=address)

    @pytest.mark.parametrize("form", ["sign_in", "log_in"])
    def test_that_are_sent_too_many_bad_ones_say_so(self, form: str) -> None:
        statuses = [getattr(self, form)("10.0.0.1").status_code for _ in range(LIMIT + 1)]

        assert statuses[-1] == 429
        assert 429 not in statuses[:-1]

    def test_are_kept_back_by_the_door_and_by_no_thread(self) -> None:
        answers = [self.log_in("10.0.0.1") for _ in range(LIMIT + 1)]

        assert answers[-1].delay_s > 0
        assert not hasattr(answers[0], "delay_s")

    def test_count_for_an_account_from_wherever_it_is_tried(self) -> None:
        for number in range(LIMIT):
            assert self.log_in(f"10.0.0.{number}").status_code == 200

        assert self.log_in("10.0.1.1", name="ROOT ").status_code == 429
        assert self.log_in("10.0.1.1", name="another").status_code == 200

    def test_take_a_good_password_at_once(self) -> None:
        get_user_model().objects.create_superuser("root", "root@example.com", "good")
        for _ in range(LIMIT * 2):
            self.log_in("10.0.0.1")

        assert self.log_in("10.0.0.1", password="good").status_code == 302

    def test_take_a_good_token_at_once(self, alice_session: Session) -> None:
        for _ in range(LIMIT * 2):
            self.sign_in("10.0.0.1")

        assert self.sign_in("10.0.0.1", alice_session.token).status_code == 302


def test_keys_share_the_allowance_of_their_owner(settings: Any, alice: User) -> None:
    from credits.services import create_api_key

    settings.RATE_LIMITS = {"anonymous": 50, "api_key": 3, "session": 5}
    keys = [create_api_key(user_id=alice.id, name=f"k{number}")[1] for number in range(3)]

    statuses = [ask(Authorization=f"Bearer {secret}").status_code for secret in keys for _ in range(2)]

    assert statuses == [200] * 5 + [429]
    assert client_for(alice).get(BALANCE).status_code == 429
