"""The same request under the same Idempotency-Key is done once and answered the same."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections
from django.urls import get_resolver
from django.utils import timezone
from rest_framework.response import Response
from rest_framework.test import APIClient

from authbridge.models import User
from authbridge.shared.errors import StillRunning
from authbridge.shared.views import ApiViewSet
from datasets.models import Dataset
from fltr_project.http import idempotency
from fltr_project.models import IdempotentRequest
from tests.support.api import API, UNKNOWN_ID, refusal
from tests.support.clients import client_for
from tests.support.multipart import CONTENT_TYPE, Part, encode

pytestmark = pytest.mark.django_db(databases="__all__")

DATASETS = "/api/v1/datasets"


def create(client: APIClient, name: str = "Notes", key: str = "k-1") -> Any:
    return client.post(DATASETS, {"name": name}, headers={"Idempotency-Key": key})


def balance(client: APIClient) -> int:
    return client.get("/api/v1/credits/balance").json()["credits"]


def test_a_repeat_answers_the_same_and_charges_nothing_more(alice_client: APIClient) -> None:
    first, second = create(alice_client), create(alice_client)

    assert (first.status_code, second.status_code) == (201, 201)
    assert second.json() == first.json()
    assert second["X-Credit-Transaction"] == first["X-Credit-Transaction"]
    assert balance(alice_client) == 98


def test_another_request_under_the_key_is_a_conflict(alice_client: APIClient) -> None:
    create(alice_client, name="Notes")

    answer = create(alice_client, name="Other")

    assert (answer.status_code, answer.json()["code"]) == (409, "idempotency_conflict")


def test_keys_belong_to_their_caller(alice_client: APIClient, bob_client: APIClient) -> None:
    answers = create(alice_client), create(bob_client)

    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json()["id"] != answers[1].json()["id"]


def test_an_error_frees_the_key(alice_client: APIClient) -> None:
    assert create(alice_client, name="").status_code == 400

    assert create(alice_client, name="Notes").status_code == 201


def test_without_credits_the_key_is_free_for_later(client_for: Any, make_user: Any) -> None:
    client = client_for(make_user("Poor", credits=1))

    assert create(client).status_code == 402
    assert not IdempotentRequest.objects.exists()


def test_while_the_first_still_runs_a_repeat_is_told_to_wait(alice_client: APIClient, alice: User) -> None:
    create(alice_client)
    IdempotentRequest.objects.update(status=None, running_until=timezone.now() + timedelta(minutes=1))

    answer = create(alice_client)

    assert (answer.status_code, answer["Retry-After"]) == (409, "1")


def test_a_repeat_of_a_call_that_died_before_its_answer_goes_on(alice_client: APIClient) -> None:
    first = create(alice_client)
    IdempotentRequest.objects.update(status=None, body=None, running_until=timezone.now() - timedelta(seconds=1))

    second = create(alice_client)

    assert second.status_code == 201
    assert second.json()["id"] == first.json()["id"]
    assert second["X-Credit-Transaction"] == first["X-Credit-Transaction"]
    assert balance(alice_client) == 98


def test_nobody_waits_for_a_process_that_is_known_to_be_dead(alice_client: APIClient, monkeypatch: Any) -> None:
    create(alice_client)
    IdempotentRequest.objects.update(status=None, running_until=timezone.now() + timedelta(minutes=1))
    monkeypatch.setattr(idempotency, "is_known_dead", lambda name: True)

    assert create(alice_client).status_code == 201


def test_after_a_day_a_key_is_free(alice_client: APIClient) -> None:
    create(alice_client, name="Notes")
    IdempotentRequest.objects.update(created_at=timezone.now() - timedelta(hours=25))

    assert create(alice_client, name="Other").status_code == 201


def test_housekeeping_forgets_old_answers(alice_client: APIClient) -> None:
    create(alice_client, key="old")
    IdempotentRequest.objects.update(created_at=timezone.now() - timedelta(hours=25))
    create(alice_client, name="New", key="new")

    idempotency.forget_old()

    assert [kept.key for kept in IdempotentRequest.objects.all()] == ["new"]


def test_the_secret_of_a_key_is_shown_once(alice_client: APIClient) -> None:
    def create_key() -> Any:
        return alice_client.post("/api/v1/api-keys", {"name": "CI"}, headers={"Idempotency-Key": "k"})

    first, second = create_key(), create_key()

    assert first.json()["key"].startswith("fltr_sk_")
    assert second.json() == {**first.json(), "key": None}


@pytest.mark.parametrize("key", ["", "x" * 256, "tab\there"])
def test_a_key_that_cannot_be_kept_is_refused(alice_client: APIClient, key: str) -> None:
    answer = create(alice_client, key=key)

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/datasets/{id}/query", "dataset_not_found"),
        ("/datasets/{id}/documents/{id}/retry", "dataset_not_found"),
        ("/jobs/{id}/cancel", "job_not_found"),
        ("/teams/{id}/credits", "team_not_found"),
        ("/teams/{id}/members", "team_not_found"),
        ("/api-keys/{id}/rotate", "api_key_not_found"),
    ],
)
def test_what_is_not_there_is_not_found_whatever_else_is_wrong(alice_client: APIClient, path: str, code: str) -> None:
    answer = alice_client.generic(
        "POST", API + path.format(id=UNKNOWN_ID), b"{", "application/json", headers={"Idempotency-Key": "k-1"}
    )

    assert refusal(answer) == (404, code)


def test_every_path_that_names_a_thing_can_look_it_up() -> None:
    views = {route.callback.cls for route in api_routes() if "(?P<" in str(route.pattern)}

    assert len(views) >= 6
    assert [view.__name__ for view in views if view.look_up is ApiViewSet.look_up] == []


def api_routes() -> list[Any]:
    """Return all routes below /api/v1/."""
    prefixes = [each for each in get_resolver().url_patterns if str(each.pattern).startswith("api/v1/")]
    return [route for prefix in prefixes for route in getattr(prefix, "url_patterns", [])]


def test_a_malformed_body_under_a_key_is_still_refused_where_its_dataset_is_there(alice_client: APIClient) -> None:
    dataset = create(alice_client).json()["id"]

    answer = alice_client.generic(
        "POST", f"{DATASETS}/{dataset}/query", b"{", "application/json", headers={"Idempotency-Key": "k-2"}
    )

    assert refusal(answer) == (400, "invalid_request")


def test_the_order_of_fields_does_not_matter(alice_client: APIClient) -> None:
    headers = {"Idempotency-Key": "k"}
    first = alice_client.post(DATASETS, {"name": "N", "category": "c"}, headers=headers)
    second = alice_client.post(DATASETS, {"category": "c", "name": "N"}, headers=headers)

    assert second.json() == first.json()


@pytest.mark.django_db(databases="__all__", transaction=True)
def test_the_same_key_many_times_at_once_is_one_dataset_and_one_charge(alice: User) -> None:
    clients = [client_for(alice) for _ in range(10)]
    key = str(uuid.uuid4())

    def attempt(client: APIClient) -> Any:
        try:
            return create(client, key=key)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(max_workers=len(clients)) as pool:
        answers = list(pool.map(attempt, clients))

    assert {answer.status_code for answer in answers} <= {201, 409}
    assert len({answer.json()["id"] for answer in answers if answer.status_code == 201}) == 1
    assert Dataset.objects.count() == 1
    assert create(clients[0], key=key).status_code == 201
    assert balance(clients[0]) == 98


def broken_off(alice: User) -> IdempotentRequest:
    """Make the claim of a call whose time is over."""
    past = timezone.now() - timedelta(minutes=1)
    return IdempotentRequest.objects.create(
        caller=str(alice.id), key="k-1", fingerprint="f", process="gone", running_until=past, created_at=past
    )


def again(minutes: int) -> dict[str, Any]:
    return {"process": "mine", "running_until": timezone.now() + timedelta(minutes=minutes)}


def test_of_two_repeats_of_a_dead_call_one_goes_on(alice: User) -> None:
    broken_off(alice)
    first, second = IdempotentRequest.objects.get(), IdempotentRequest.objects.get()

    assert idempotency.take_over(first, again(2)).was_taken_over
    with pytest.raises(StillRunning):
        idempotency.take_over(second, again(3))


def test_a_call_that_was_taken_over_keeps_no_answer(alice: User) -> None:
    mine = broken_off(alice)
    idempotency.take_over(IdempotentRequest.objects.get(), again(2))

    idempotency.settle(mine, Response({"late": True}, status=201))

    assert IdempotentRequest.objects.get().status is None


def test_another_file_under_the_key_is_a_conflict(alice_client: APIClient, dataset: dict[str, Any]) -> None:
    def send(content: bytes) -> Any:
        body = encode(Part("file", content, "notes.txt"))
        path = f"{DATASETS}/{dataset['id']}/documents"
        return alice_client.post(path, body, content_type=CONTENT_TYPE, headers={"Idempotency-Key": "k-1"})

    assert send(b"Water boils at 100 degrees.").status_code == 201

    answer = send(b"Ice melts at 0 degrees.....")
    assert (answer.status_code, answer.json()["code"]) == (409, "idempotency_conflict")
