"""What a query may look like."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from datasets.errors import VectorStoreError, VectorStoreUnavailable
from datasets.indexing.vector_store.base import VectorStore
from tests.support.api import API, DATASETS, balance, documents_of, make_dataset, refusal, upload_text
from tests.support.jobs import do_jobs
from tests.support.people import make_user

pytestmark = [pytest.mark.django_db(databases="__all__"), pytest.mark.usefixtures("memory_vectors")]

BAD: dict[str, dict[str, Any]] = {
    "no query": {"query": None},
    "empty query": {"query": ""},
    "blank query": {"query": " \n\t"},
    "query of 1,001 characters": {"query": "x" * 1_001},
    "number as a query": {"query": 5},
    "list as a query": {"query": ["dogs"]},
    "NUL in a query": {"query": "a\0b"},
    "limit 0": {"limit": 0},
    "limit 51": {"limit": 51},
    "limit -1": {"limit": -1},
    "half a limit": {"limit": 2.5},
    "boolean as a limit": {"limit": True},
    "word as a limit": {"limit": "five"},
    "list as a limit": {"limit": [5]},
    "null as a limit": {"limit": None},
    "huge limit": {"limit": 10**30},
    "filters as a list": {"filters": []},
    "filters as a text": {"filters": "year"},
    "an unknown comparison": {"filters": {"year": {"like": 5}}},
    "eleven filters": {"filters": {str(number): number for number in range(11)}},
}
BAD_MODES: dict[str, dict[str, Any]] = {
    "unknown mode": {"mode": "semantic"},
    "list as a mode": {"mode": ["vector"]},
    "null as a mode": {"mode": None},
    "reranking, which is not there yet": {"rerank": True},
    "number as rerank": {"rerank": 5},
    "null as rerank": {"rerank": None},
}


def ask(client: APIClient, dataset: dict[str, Any], **fields: Any) -> list[Any]:
    """Ask at every path that takes a query of all fields."""
    body = {"query": "dogs", **fields}
    return [
        client.post(f"{DATASETS}/{dataset['id']}/query", body),
        client.post(f"{API}/mcp/query", {**body, "dataset_id": dataset["id"]}),
    ]


def ask_for_vectors(client: APIClient, dataset: dict[str, Any], **fields: Any) -> Any:
    return client.post(f"{API}/embeddings/search", {"query": "dogs", "dataset_id": dataset["id"], **fields})


def ask_batch(client: APIClient, dataset: dict[str, Any], queries: Any, **fields: Any) -> Any:
    return client.post(f"{API}/mcp/batch-query", {"queries": queries, "dataset_id": dataset["id"], **fields})


@pytest.mark.parametrize("bad", [*BAD.values(), *BAD_MODES.values()], ids=[*BAD, *BAD_MODES])
def test_a_bad_field_is_named_and_costs_nothing(
    alice_client: APIClient, dataset: dict[str, Any], bad: dict[str, Any]
) -> None:
    answers = ask(alice_client, dataset, **bad)

    assert {refusal(answer) for answer in answers} == {(400, "invalid_request")}
    assert [list(answer.json()["details"]) for answer in answers] == [list(bad)] * 2
    assert balance(alice_client) == 98


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD)
def test_a_bad_field_of_an_embedding_search_is_named(
    alice_client: APIClient, dataset: dict[str, Any], bad: dict[str, Any]
) -> None:
    answer = ask_for_vectors(alice_client, dataset, **bad)

    assert refusal(answer) == (400, "invalid_request")
    assert list(answer.json()["details"]) == list(bad)


BAD_BATCHES: dict[str, Any] = {
    "none": [],
    "eleven": ["dogs"] * 11,
    "a text": "dogs",
    "null": None,
    "an object": {"query": "dogs"},
    "a number among them": ["dogs", 5],
    "null among them": ["dogs", None],
    "an empty one": ["dogs", ""],
    "a list among them": ["dogs", ["cats"]],
    "a bad limit": ["dogs", {"query": "cats", "limit": 0}],
    "no query": ["dogs", {"limit": 5}],
    "another dataset": ["dogs", {"query": "cats", "dataset_id": "other"}],
    "no dataset at all": ["dogs", {"query": "cats", "dataset_id": []}],
}


@pytest.mark.parametrize("queries", BAD_BATCHES.values(), ids=BAD_BATCHES)
def test_one_bad_question_refuses_a_whole_batch(alice_client: APIClient, dataset: dict[str, Any], queries: Any) -> None:
    answer = ask_batch(alice_client, dataset, queries)

    assert refusal(answer) == (400, "invalid_request")
    assert list(answer.json()["details"]) == ["queries"]
    assert balance(alice_client) == 98


@pytest.mark.parametrize("bad", [{"filters": {"year": {}}}, {"rerank": True}], ids=str)
def test_what_a_question_of_a_batch_may_not_ask_refuses_the_batch(
    alice_client: APIClient, dataset: dict[str, Any], bad: dict[str, Any]
) -> None:
    answer = ask_batch(alice_client, dataset, ["dogs", {"query": "cats", **bad}])

    assert refusal(answer) == (400, "invalid_request")
    assert balance(alice_client) == 98


def test_ten_questions_are_a_batch_and_may_name_their_dataset(alice_client: APIClient, dataset: dict[str, Any]) -> None:
    answer = ask_batch(alice_client, dataset, ["dogs"] * 9 + [{"query": "cats", "dataset_id": dataset["id"]}])

    assert (answer.status_code, len(answer.json()["results"])) == (200, 10)
    assert answer["X-Credits-Charged"] == "20"


def test_a_batch_is_paid_whole_or_not_at_all(client_for: Any) -> None:
    poor = client_for(make_user(credits=7))
    dataset = make_dataset(poor)

    answer = ask_batch(poor, dataset, ["dogs", "cats", "mice"])

    assert refusal(answer) == (402, "insufficient_credits")
    assert answer.json()["details"] == {"required": 6, "available": 5, "source": "user"}
    assert balance(poor) == 5


@pytest.mark.parametrize("id", [None, "", 5, [], {}, "a\0b", "x" * 101], ids=repr)
@pytest.mark.parametrize("path", ["mcp/query", "mcp/batch-query", "embeddings/search"])
def test_a_dataset_id_that_is_none_is_named(alice_client: APIClient, path: str, id: Any) -> None:
    answer = alice_client.post(f"{API}/{path}", {"query": "dogs", "queries": ["dogs"], "dataset_id": id})

    assert refusal(answer) == (400, "invalid_request")
    assert list(answer.json()["details"]) == ["dataset_id"]


def test_a_query_needs_a_dataset(alice_client: APIClient) -> None:
    answer = alice_client.post(f"{API}/mcp/query", {"query": "dogs"})

    assert refusal(answer) == (400, "invalid_request")
    assert list(answer.json()["details"]) == ["dataset_id"]


@pytest.mark.parametrize("error", [VectorStoreUnavailable, VectorStoreError])
def test_a_vector_store_that_fails_makes_search_unavailable_and_costs_nothing(
    alice_client: APIClient,
    dataset: dict[str, Any],
    memory_vectors: VectorStore,
    monkeypatch: pytest.MonkeyPatch,
    error: type[Exception],
) -> None:
    def fail(*args: Any, **options: Any) -> None:
        raise error("unix:/secret/path does not answer")

    monkeypatch.setattr(memory_vectors, "search_dense", fail)

    answers = [
        *ask(alice_client, dataset),
        ask_for_vectors(alice_client, dataset),
        ask_batch(alice_client, dataset, ["a"]),
    ]

    assert {refusal(answer) for answer in answers} == {(503, "service_unavailable")}
    assert not any(b"secret" in answer.content for answer in answers)
    assert balance(alice_client) == 98


def test_a_vector_store_that_fails_makes_chunks_unavailable(
    alice_client: APIClient, dataset: dict[str, Any], memory_vectors: VectorStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: Any, **options: Any) -> None:
        raise VectorStoreUnavailable("gone")

    document = upload_text(alice_client, dataset, "Some text").json()
    do_jobs()
    monkeypatch.setattr(memory_vectors, "document_chunks", fail)

    answer = alice_client.get(f"{documents_of(dataset)}/{document['document_id']}/chunks")

    assert refusal(answer) == (503, "service_unavailable")


def test_queries_need_an_account(anonymous_client: APIClient) -> None:
    answers = [
        anonymous_client.post(f"{API}/{path}", b"{", content_type="application/json")
        for path in ("mcp/query", "mcp/batch-query", "embeddings/search", "datasets/x/query")
    ]

    assert {refusal(answer) for answer in answers} == {(401, "authentication_required")}
