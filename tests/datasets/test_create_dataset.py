"""Making a dataset: its shape, its name, its slug, its price."""

import re
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.conf import settings
from django.db import connections
from rest_framework.test import APIClient

from tests.support.api import API, DATASETS, balance, make_dataset, refusal
from tests.support.clients import client_for, client_with_token
from tests.support.people import make_user

pytestmark = pytest.mark.django_db(databases="__all__")

FIELDS = {
    "id", "name", "slug", "description", "category", "visibility", "status", "document_count", "embedding_model",
    "embedding_dimension", "collection_name", "metadata", "owner", "created_at", "updated_at",
}  # fmt: skip
UTC_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")


def test_a_new_dataset_is_ready_private_and_empty(alice_client: APIClient, alice: Any) -> None:
    body = make_dataset(alice_client, "Reports")

    assert set(body) == FIELDS
    assert str(uuid.UUID(body["id"])) == body["id"]
    assert (body["name"], body["slug"], body["description"], body["category"]) == ("Reports", "reports", "", "")
    assert (body["visibility"], body["status"], body["document_count"]) == ("private", "ready", 0)
    assert body["metadata"] == {}
    assert body["owner"] == {"id": str(alice.id), "name": "Alice"}
    assert UTC_TIME.fullmatch(body["created_at"])
    assert UTC_TIME.fullmatch(body["updated_at"])


def test_a_dataset_says_how_it_is_embedded(alice_client: APIClient) -> None:
    body = make_dataset(alice_client)

    assert (body["embedding_model"], body["embedding_dimension"]) == (f"{settings.EMBEDDER}-256", 256)
    assert body["collection_name"] == "fltr_wordllama_256"


def test_a_dataset_keeps_what_it_is_given(alice_client: APIClient) -> None:
    given = {"description": "All of them", "category": "work", "visibility": "public", "metadata": {"year": 1999}}

    body = make_dataset(alice_client, **given)

    assert {field: body[field] for field in given} == given


@pytest.mark.parametrize("number", [2**63, 2**64, 10**20, 1e300, -1e300, 1.5e-300, 0.1])
def test_metadata_may_hold_any_number(alice_client: APIClient, number: float) -> None:
    body = make_dataset(alice_client, metadata={"number": number})

    assert float(body["metadata"]["number"]) == float(number)
    assert alice_client.get(f"{DATASETS}/{body['id']}").json() == body


def test_making_a_dataset_costs_two_and_tells_so(alice_client: APIClient) -> None:
    answer = alice_client.post(DATASETS, {"name": "Reports"})

    newest = alice_client.get(f"{API}/credits/transactions").json()["transactions"][0]
    assert (answer["X-Credits-Charged"], answer["X-Credits-Remaining"]) == ("2", "98")
    assert (newest["id"], newest["amount"]) == (answer["X-Credit-Transaction"], -2)
    assert (newest["operation"], newest["resource_id"]) == ("dataset_create", answer.json()["id"])


def test_without_enough_credits_nothing_is_made() -> None:
    poor = client_for(make_user(credits=1))

    answer = poor.post(DATASETS, {"name": "Reports"})

    assert refusal(answer) == (402, "insufficient_credits")
    assert answer.json()["details"] == {"required": 2, "available": 1, "source": "user"}
    assert poor.get(DATASETS).json()["total"] == 0
    assert balance(poor) == 1


def test_making_a_dataset_needs_an_account(anonymous_client: APIClient) -> None:
    answer = anonymous_client.post(DATASETS, b"{", content_type="application/json")

    assert refusal(answer) == (401, "authentication_required")
    assert answer["WWW-Authenticate"].startswith("Bearer")


BAD_FIELDS: dict[str, dict[str, Any]] = {
    "no name": {"name": None},
    "blank name": {"name": " \n"},
    "name of 201 characters": {"name": "n" * 201},
    "NUL in a name": {"name": "a\0b"},
    "number as a name": {"name": 5},
    "boolean as a name": {"name": True},
    "list as a name": {"name": ["Reports"]},
    "object as a name": {"name": {"en": "Reports"}},
    "unknown visibility": {"visibility": "secret"},
    "list as visibility": {"visibility": ["public"]},
    "visibility in capitals": {"visibility": "PUBLIC"},
    "number as a description": {"description": 5},
    "NUL in a description": {"description": "a\0b"},
    "category of 101 characters": {"category": "c" * 101},
    "list as metadata": {"metadata": []},
    "text as metadata": {"metadata": "{}"},
    "metadata over 16 KB": {"metadata": {"a": "x" * 16_384}},
    "NUL in metadata": {"metadata": {"a": ["\0"]}},
}


@pytest.mark.parametrize("bad", BAD_FIELDS.values(), ids=BAD_FIELDS)
def test_a_bad_field_is_named_and_nothing_is_made_or_changed(alice_client: APIClient, bad: dict[str, Any]) -> None:
    dataset = make_dataset(alice_client)

    answers = [
        alice_client.post(DATASETS, {"name": "Other", **bad}),
        alice_client.patch(f"{DATASETS}/{dataset['id']}", bad),
    ]

    assert [refusal(answer) for answer in answers] == [(400, "invalid_request")] * 2
    assert [list(answer.json()["details"]) for answer in answers] == [list(bad)] * 2
    assert alice_client.get(DATASETS).json()["datasets"] == [dataset]
    assert balance(alice_client) == 98


def test_a_dataset_needs_a_name(alice_client: APIClient) -> None:
    answer = alice_client.post(DATASETS, {"description": "Nameless"})

    assert refusal(answer) == (400, "invalid_request")
    assert list(answer.json()["details"]) == ["name"]


@pytest.mark.parametrize("name", ["n", "n" * 200, "Ünïcödé 文書 😀", "../../etc", "<b>&amp;</b>", "'; DROP TABLE x;--"])
def test_any_text_may_be_a_name(alice_client: APIClient, name: str) -> None:
    body = make_dataset(alice_client, name)

    assert body["name"] == name
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", body["slug"])
    assert alice_client.get(f"{DATASETS}/{body['slug']}").json() == body


def test_names_are_unique_per_owner(alice_client: APIClient, bob_client: APIClient) -> None:
    make_dataset(alice_client, "Reports")

    answer = alice_client.post(DATASETS, {"name": " Reports "})

    assert refusal(answer) == (409, "conflict")
    assert balance(alice_client) == 98
    assert make_dataset(bob_client, "Reports")["name"] == "Reports"


@pytest.mark.django_db(databases="__all__", transaction=True)
def test_of_equal_names_at_the_same_moment_one_is_taken(alice_session: Any) -> None:
    def create(_: int) -> int:
        try:
            status: int = client_with_token(alice_session.token).post(DATASETS, {"name": "Reports"}).status_code
            return status
        finally:
            connections.close_all()

    with ThreadPoolExecutor(5) as threads:
        statuses = sorted(threads.map(create, range(5)))

    assert statuses == [201, 409, 409, 409, 409]
    assert balance(client_with_token(alice_session.token)) == 98


@pytest.mark.django_db(databases="__all__", transaction=True)
def test_equal_slugs_at_the_same_moment_all_find_a_suffix() -> None:
    clients = [client_for(make_user(credits=2)) for _ in range(5)]

    def create(client: APIClient) -> str:
        try:
            return str(make_dataset(client, "Reports")["slug"])
        finally:
            connections.close_all()

    with ThreadPoolExecutor(5) as threads:
        slugs = list(threads.map(create, clients))

    assert len(set(slugs)) == 5
    assert "reports" in slugs


def test_a_name_is_free_again_once_its_dataset_is_deleted(alice_client: APIClient) -> None:
    alice_client.delete(f"{DATASETS}/{make_dataset(alice_client, 'Reports')['id']}")

    assert make_dataset(alice_client, "Reports")["slug"] == "reports"


def test_a_slug_that_is_taken_gets_a_suffix(alice_client: APIClient, bob_client: APIClient) -> None:
    make_dataset(alice_client, "Reports")

    slugs = [make_dataset(bob_client, "Reports")["slug"], make_dataset(bob_client, "reports!")["slug"]]

    assert all(re.fullmatch(r"reports-[0-9a-f]{6}", slug) for slug in slugs)
    assert len(set(slugs)) == 2


NAMES_LIKE_IDS = ["123e4567-e89b-12d3-a456-426614174000", "123e4567e89b12d3a456426614174000", "a" * 26]


@pytest.mark.parametrize("name", NAMES_LIKE_IDS)
def test_a_slug_is_never_mistaken_for_an_id(alice_client: APIClient, bob_client: APIClient, name: str) -> None:
    datasets = [make_dataset(client, name, visibility="public") for client in (alice_client, bob_client)]

    found = [alice_client.get(f"{DATASETS}/{dataset['slug']}").json() for dataset in datasets]

    assert [body.get("id") for body in found] == [dataset["id"] for dataset in datasets]


def test_an_id_may_be_written_in_capitals(alice_client: APIClient) -> None:
    dataset = make_dataset(alice_client)

    assert alice_client.get(f"{DATASETS}/{dataset['id'].upper()}").json() == dataset


@pytest.mark.parametrize("spelling", ["{%s}", "urn:uuid:%s", "%s%%00", "%s%%20", "%s%%0a"])
def test_an_id_has_one_spelling(alice_client: APIClient, spelling: str) -> None:
    dataset = make_dataset(alice_client)

    answer = alice_client.get(f"{DATASETS}/{spelling % dataset['id']}")

    assert refusal(answer) == (404, "dataset_not_found")
