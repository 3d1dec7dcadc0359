"""Who may see, ask and change whose datasets: on every path, by id and by slug."""

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from rest_framework.test import APIClient

from datasets.indexing.vector_store.base import VectorStore
from tests.support.api import API, DATASETS, balance, documents_of, make_dataset, refusal, upload_text
from tests.support.jobs import do_jobs

pytestmark = pytest.mark.django_db(databases="__all__")

QUESTION = {"query": "text", "mode": "vector"}


@pytest.fixture
def library(alice_client: APIClient, memory_vectors: VectorStore) -> dict[str, Any]:
    """A dataset of Alice's with one document that is ready, and their ids."""
    dataset = make_dataset(alice_client, "Library")
    document = upload_text(alice_client, dataset, "Some text").json()
    do_jobs()
    return {**dataset, "document": document["document_id"]}


def reads(id: str, document: str) -> Iterator[tuple[str, str, Any]]:
    """Yield all that a public dataset allows everybody."""
    for path in ("", "/documents", *(f"/documents/{document}{rest}" for rest in ("", "/chunks"))):
        yield "get", f"{DATASETS}/{id}{path}", None


def questions(id: str) -> Iterator[tuple[str, str, Any]]:
    """Yield what costs."""
    yield "post", f"{DATASETS}/{id}/query", QUESTION
    yield "post", f"{API}/mcp/query", {**QUESTION, "dataset_id": id}
    yield "post", f"{API}/mcp/batch-query", {"queries": ["text"], "mode": "vector", "dataset_id": id}
    yield "post", f"{API}/embeddings/search", {"query": "text", "dataset_id": id}


def for_accounts(id: str, document: str) -> Iterator[tuple[str, str, Any]]:
    """Yield all that a public dataset allows everybody with an account."""
    yield "get", f"{DATASETS}/{id}/documents/{document}/content", None
    yield from questions(id)


def changes(id: str, document: str) -> Iterator[tuple[str, str, Any]]:
    """Yield what only an owner may do."""
    yield "get", f"{DATASETS}/{id}/jobs", None
    yield "patch", f"{DATASETS}/{id}", {"description": "Changed"}
    yield "post", f"{DATASETS}/{id}/documents", {"content": "More text"}
    yield "patch", f"{DATASETS}/{id}/documents/{document}", {"metadata": {}}
    yield "post", f"{DATASETS}/{id}/documents/{document}/retry", {}
    yield "delete", f"{DATASETS}/{id}/documents/{document}", None
    yield "delete", f"{DATASETS}/{id}", None


# What all of these answer the owner, in this order: a retry finds nothing that failed.
ANSWERS_TO_THE_OWNER = {
    "get /datasets/{id}": 200,
    "get /datasets/{id}/documents": 200,
    "get /datasets/{id}/documents/{document}": 200,
    "get /datasets/{id}/documents/{document}/chunks": 200,
    "get /datasets/{id}/documents/{document}/content": 200,
    "post /datasets/{id}/query": 200,
    "post /mcp/query": 200,
    "post /mcp/batch-query": 200,
    "post /embeddings/search": 200,
    "get /datasets/{id}/jobs": 200,
    "patch /datasets/{id}": 200,
    "post /datasets/{id}/documents": 201,
    "patch /datasets/{id}/documents/{document}": 200,
    "post /datasets/{id}/documents/{document}/retry": 409,
    "delete /datasets/{id}/documents/{document}": 204,
    "delete /datasets/{id}": 204,
}


def everything(id: str, document: str) -> list[tuple[str, str, Any]]:
    return [*reads(id, document), *for_accounts(id, document), *changes(id, document)]


def send(client: APIClient, calls: Any) -> list[Any]:
    return [getattr(client, method)(path, body) for method, path, body in calls]


def publish(client: APIClient, dataset: dict[str, Any], visibility: str) -> None:
    assert client.patch(f"{DATASETS}/{dataset['id']}", {"visibility": visibility}).status_code == 200


@pytest.mark.parametrize("visibility", ["private", "public", "premium"])
@pytest.mark.parametrize("name", ["id", "slug"])
def test_an_owner_reads_asks_and_changes(
    alice_client: APIClient, library: dict[str, Any], visibility: str, name: str
) -> None:
    publish(alice_client, library, visibility)

    calls = everything(library[name], library["document"])

    answers = send(alice_client, calls)

    places = [f"{method} {path.removeprefix(API)}" for method, path, _ in calls]
    expected = [place.format(id=library[name], document=library["document"]) for place in ANSWERS_TO_THE_OWNER]
    assert places == expected
    statuses = [answer.status_code for answer in answers]
    assert dict(zip(ANSWERS_TO_THE_OWNER, statuses, strict=True)) == ANSWERS_TO_THE_OWNER


@pytest.mark.parametrize("name", ["id", "slug"])
def test_somebody_elses_private_dataset_answers_exactly_as_an_unknown_one(
    bob_client: APIClient, library: dict[str, Any], name: str
) -> None:
    unknown = str(uuid.uuid4()) if name == "id" else "no-such-slug"

    theirs = send(bob_client, everything(library[name], library["document"]))
    nobodys = send(bob_client, everything(unknown, library["document"]))

    assert {refusal(answer) for answer in theirs} == {(404, "dataset_not_found")}
    assert [answer.content for answer in theirs] == [answer.content for answer in nobodys]
    assert [headers_of(answer) for answer in theirs] == [headers_of(answer) for answer in nobodys]
    assert balance(bob_client) == 100


def headers_of(answer: Any) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name != "X-Request-ID"}


def test_a_private_dataset_is_not_there_for_anonymous_callers(
    anonymous_client: APIClient, library: dict[str, Any]
) -> None:
    reading = send(anonymous_client, reads(library["slug"], library["document"]))
    ids = library["id"], library["document"]
    doing = send(anonymous_client, [*for_accounts(*ids), *changes(*ids)])

    assert {refusal(answer) for answer in reading} == {(404, "dataset_not_found")}
    assert {refusal(answer) for answer in doing} == {(401, "authentication_required")}


def test_a_public_dataset_is_read_and_asked_by_everybody_with_an_account(
    alice_client: APIClient, bob_client: APIClient, library: dict[str, Any]
) -> None:
    publish(alice_client, library, "public")

    answers = send(
        bob_client, [*reads(library["slug"], library["document"]), *for_accounts(library["slug"], library["document"])]
    )

    assert {answer.status_code for answer in answers} == {200}


def test_whoever_asks_pays_also_on_a_public_dataset_of_somebody_else(
    alice_client: APIClient, bob_client: APIClient, library: dict[str, Any]
) -> None:
    publish(alice_client, library, "public")
    before = balance(alice_client)

    answers = send(bob_client, questions(library["id"]))

    assert [answer["X-Credits-Charged"] for answer in answers] == ["1"] * 4
    assert (balance(bob_client), balance(alice_client)) == (96, before)


def test_a_public_dataset_is_changed_by_its_owner_alone(
    alice_client: APIClient, bob_client: APIClient, library: dict[str, Any]
) -> None:
    publish(alice_client, library, "public")

    answers = send(bob_client, changes(library["id"], library["document"]))

    assert {refusal(answer) for answer in answers} == {(403, "permission_denied")}


def test_anonymous_callers_read_a_public_dataset_and_no_more(
    alice_client: APIClient, anonymous_client: APIClient, library: dict[str, Any]
) -> None:
    publish(alice_client, library, "public")

    reading = send(anonymous_client, reads(library["slug"], library["document"]))
    more = send(anonymous_client, for_accounts(library["slug"], library["document"]))

    assert {answer.status_code for answer in reading} == {200}
    assert {refusal(answer) for answer in more} == {(401, "authentication_required")}


def test_a_premium_dataset_is_listed_for_all_and_read_by_its_owner_alone(
    alice_client: APIClient, bob_client: APIClient, anonymous_client: APIClient, library: dict[str, Any]
) -> None:
    publish(alice_client, library, "premium")

    answers = send(bob_client, everything(library["slug"], library["document"]))

    assert {refusal(answer) for answer in answers} == {(403, "permission_denied")}
    assert [client.get(DATASETS).json()["total"] for client in (bob_client, anonymous_client)] == [1, 1]
    assert balance(bob_client) == 100


def test_a_document_is_found_in_its_own_dataset_only(alice_client: APIClient, library: dict[str, Any]) -> None:
    other = make_dataset(alice_client, "Other")
    calls = [call for call in everything(other["id"], library["document"]) if library["document"] in call[1]]

    answers = send(alice_client, calls)

    assert {refusal(answer) for answer in answers} == {(404, "document_not_found")}


def test_the_job_of_a_public_dataset_is_its_owners_alone(
    alice_client: APIClient, bob_client: APIClient, library: dict[str, Any]
) -> None:
    publish(alice_client, library, "public")
    job = alice_client.get(f"{DATASETS}/{library['id']}/jobs").json()["jobs"][0]["id"]

    answers = [bob_client.get(f"{API}/jobs/{job}"), bob_client.post(f"{API}/jobs/{job}/cancel")]

    assert {refusal(answer) for answer in answers} == {(404, "job_not_found")}


def test_who_may_not_is_told_before_what_is_wrong(
    alice_client: APIClient, bob_client: APIClient, library: dict[str, Any]
) -> None:
    publish(alice_client, library, "public")
    path = f"{DATASETS}/{library['id']}"

    answers = [
        bob_client.patch(path, b"{", content_type="application/json"),
        bob_client.post(f"{path}/documents?duplicates=?", b"{", content_type="application/json"),
        bob_client.post(f"{path}/documents", b"--", content_type="multipart/form-data; boundary=b"),
        bob_client.get(f"{path}/jobs?limit=0"),
    ]

    assert {refusal(answer) for answer in answers} == {(403, "permission_denied")}


def test_what_is_not_there_is_told_before_what_is_wrong(alice_client: APIClient) -> None:
    path = f"{DATASETS}/{uuid.uuid4()}"

    answers = [
        alice_client.patch(path, b"{", content_type="application/json"),
        alice_client.post(f"{path}/documents?duplicates=?", b"{", content_type="application/json"),
        alice_client.get(f"{path}/documents?limit=0&status=?"),
        alice_client.post(f"{path}/query", {"query": 5}),
        alice_client.post(f"{API}/mcp/query", {"dataset_id": "none", "query": 5, "limit": 0}),
        alice_client.post(f"{API}/mcp/batch-query", {"dataset_id": "none"}),
        alice_client.post(f"{API}/embeddings/search", {"dataset_id": "none"}),
        alice_client.get(f"{documents_of({'id': uuid.uuid4()})}/x/chunks?limit=0"),
    ]

    assert {refusal(answer) for answer in answers} == {(404, "dataset_not_found")}
