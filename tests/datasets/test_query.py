"""Asking a dataset, through the real vector engine."""

import re
from typing import Any

import pytest
from rest_framework.test import APIClient

from tests.support.api import API, DATASETS, balance, documents_of, make_dataset, upload_text
from tests.support.jobs import do_jobs
from tests.support.people import make_user

pytestmark = [pytest.mark.django_db(databases="__all__"), pytest.mark.usefixtures("vector_engine")]

TEXTS = {
    "bees.txt": ("Honey bees collect nectar from flowers and turn it into honey in their hive.", {"year": 2001}),
    "trains.txt": ("The night train to Vienna leaves the central railway station at half past ten.", {"year": 2002}),
    "bread.txt": (
        "Sourdough bread needs flour, water, salt and a long fermentation.",
        {"year": 2003, "tags": ["food"]},
    ),
}
FIELDS = {
    "chunk_id", "content", "score", "metadata", "document_id", "filename", "chunk_index", "start_char", "end_char",
    "page",
}  # fmt: skip
QUESTION = "When does the train leave the station?"
PRICES = {"hybrid": 2, "vector": 1, "keyword": 1}


@pytest.fixture
def library(alice_client: APIClient) -> dict[str, Any]:
    """A dataset of Alice's with three documents that are ready, and their ids by name."""
    dataset = make_dataset(alice_client, "Library")
    ids = {}
    for name, (text, metadata) in TEXTS.items():
        ids[name] = upload_text(alice_client, dataset, text, filename=name, metadata=metadata).json()["document_id"]
    do_jobs()
    return {**dataset, "documents": ids}


def ask(client: APIClient, dataset: dict[str, Any], query: str = QUESTION, **fields: Any) -> Any:
    return client.post(f"{API}/mcp/query", {"query": query, "dataset_id": dataset["id"], **fields})


def found(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.content
    return [result["filename"] for result in answer.json()["results"]]


@pytest.mark.parametrize("mode", PRICES)
def test_the_right_passage_comes_first(alice_client: APIClient, library: dict[str, Any], mode: str) -> None:
    before = balance(alice_client)

    answer = ask(alice_client, library, mode=mode)

    body = answer.json()
    best = body["results"][0]
    assert set(body) == {"results", "total", "query_time_ms", "mode"}
    assert (body["mode"], body["total"]) == (mode, len(body["results"]))
    assert set(best) == FIELDS
    assert (best["filename"], best["document_id"]) == ("trains.txt", library["documents"]["trains.txt"])
    assert (best["content"], best["start_char"], best["end_char"]) == (TEXTS["trains.txt"][0], 0, 78)
    assert (best["metadata"], best["chunk_index"], best["page"]) == ({"year": 2002}, 0, None)
    assert (answer["X-Credits-Charged"], balance(alice_client)) == (str(PRICES[mode]), before - PRICES[mode])


@pytest.mark.parametrize("mode", PRICES)
def test_scores_fall_from_one_to_zero(alice_client: APIClient, library: dict[str, Any], mode: str) -> None:
    scores = [
        result["score"] for result in ask(alice_client, library, "bread trains bees", mode=mode).json()["results"]
    ]

    assert len(scores) >= 2
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)


def test_a_query_is_hybrid_with_five_results_unless_it_says_otherwise(
    alice_client: APIClient, library: dict[str, Any]
) -> None:
    for number in range(4):
        upload_text(alice_client, library, f"Train number {number} leaves the station.", filename=f"{number}.txt")
    do_jobs()

    answer = ask(alice_client, library)

    assert answer.json()["mode"] == "hybrid"
    assert (answer.json()["total"], answer["X-Credits-Charged"]) == (5, "2")
    assert ask(alice_client, library, limit=1).json()["total"] == 1
    assert ask(alice_client, library, limit=50).json()["total"] == 7


def test_the_receipt_is_the_newest_ledger_row(alice_client: APIClient, library: dict[str, Any]) -> None:
    answer = ask(alice_client, library, mode="keyword")

    newest = alice_client.get(f"{API}/credits/transactions").json()["transactions"][0]
    assert (newest["id"], newest["amount"]) == (answer["X-Credit-Transaction"], -1)
    assert (newest["operation"], newest["resource_id"]) == ("keyword_query", library["id"])
    assert str(newest["balance_after"]) == answer["X-Credits-Remaining"]


@pytest.mark.parametrize("path", ["/query", None])
def test_a_dataset_can_be_asked_at_its_own_path_and_by_its_slug(
    alice_client: APIClient, library: dict[str, Any], path: str | None
) -> None:
    if path:
        answer = alice_client.post(f"{DATASETS}/{library['slug']}{path}", {"query": QUESTION})
    else:
        answer = ask(alice_client, {"id": library["slug"]})

    assert found(answer)[0] == "trains.txt"


ODD_QUERIES = [
    "?!.,;",
    "😀",
    "the of and",
    "x" * 1_000,
    "zzzqqqxxx",
    "文書",
    "\u202e",
    "a" + "\u0301" * 900,
    "' OR 1=1 --",
]


@pytest.mark.parametrize("mode", PRICES)
def test_a_query_that_finds_nothing_is_answered_and_charged(
    alice_client: APIClient, library: dict[str, Any], mode: str
) -> None:
    answers = [ask(alice_client, library, query, mode=mode) for query in ODD_QUERIES]

    assert {answer.status_code for answer in answers} == {200}
    assert {answer["X-Credits-Charged"] for answer in answers} == {str(PRICES[mode])}


@pytest.mark.parametrize("mode", PRICES)
def test_an_empty_dataset_answers_with_nothing_and_charges(alice_client: APIClient, mode: str) -> None:
    answer = ask(alice_client, make_dataset(alice_client, "Empty"), mode=mode)

    body = answer.json()
    assert (answer.status_code, body["results"], body["total"], body["mode"]) == (200, [], 0, mode)
    assert answer["X-Credits-Charged"] == str(PRICES[mode])


def test_a_deleted_document_is_not_found_at_once(alice_client: APIClient, library: dict[str, Any]) -> None:
    assert "trains.txt" in found(ask(alice_client, library))

    alice_client.delete(f"{documents_of(library)}/{library['documents']['trains.txt']}")

    answers = {mode: found(ask(alice_client, library, mode=mode, limit=50)) for mode in PRICES}
    assert not any("trains.txt" in names for names in answers.values())
    assert set(answers["vector"]) == {"bees.txt", "bread.txt"}


def test_a_document_that_is_not_ready_is_not_found(alice_client: APIClient, library: dict[str, Any]) -> None:
    upload_text(alice_client, library, "Another train to Vienna.", filename="new.txt")

    assert "new.txt" not in found(ask(alice_client, library, limit=50))


def test_other_datasets_are_not_searched(
    alice_client: APIClient, bob_client: APIClient, library: dict[str, Any]
) -> None:
    theirs = make_dataset(bob_client, "Theirs")
    upload_text(bob_client, theirs, TEXTS["trains.txt"][0], filename="theirs.txt")
    do_jobs()

    assert set(found(ask(alice_client, library, limit=50))) <= set(TEXTS)
    assert found(ask(bob_client, theirs, limit=50)) == ["theirs.txt"]


FILTERS: list[tuple[dict[str, Any], set[str]]] = [
    ({"year": 2001}, {"bees.txt"}),
    ({"year": [2001, 2003]}, {"bees.txt", "bread.txt"}),
    ({"year": {"gt": 2001, "lt": 2003}}, {"trains.txt"}),
    ({"year": {"ne": 2002}}, {"bees.txt", "bread.txt"}),
    ({"year": 1999}, set()),
    ({"absent": True}, set()),
    ({}, set(TEXTS)),
]


@pytest.mark.parametrize("mode", PRICES)
def test_filters_narrow_what_is_searched(alice_client: APIClient, library: dict[str, Any], mode: str) -> None:
    query = "bees trains bread"

    for filters, expected in FILTERS:
        assert set(found(ask(alice_client, library, query, mode=mode, filters=filters))) == expected


def test_a_changed_name_and_metadata_show_at_once(alice_client: APIClient, library: dict[str, Any]) -> None:
    path = f"{documents_of(library)}/{library['documents']['trains.txt']}"
    alice_client.patch(path, {"filename": "timetable.txt", "metadata": {"year": 2010}})

    best = ask(alice_client, library, filters={"year": 2010}).json()["results"][0]

    assert (best["filename"], best["metadata"]) == ("timetable.txt", {"year": 2010})


def test_chunk_ids_lead_to_the_chunks(alice_client: APIClient, library: dict[str, Any]) -> None:
    best = ask(alice_client, library).json()["results"][0]

    chunks = alice_client.get(f"{documents_of(library)}/{best['document_id']}/chunks").json()["chunks"]
    assert best["chunk_id"] in {chunk["chunk_id"] for chunk in chunks}
    assert re.fullmatch(rf"{best['document_id']}\.\d+\.0", best["chunk_id"])


def test_without_enough_credits_nothing_is_searched(client_for: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    poor = client_for(make_user(credits=3))
    dataset = make_dataset(poor)
    monkeypatch.setattr("datasets.views.search.search", pytest.fail)

    answer = ask(poor, dataset)

    assert (answer.status_code, answer.json()["code"]) == (402, "insufficient_credits")
    assert answer.json()["details"] == {"required": 2, "available": 1, "source": "user"}
    assert balance(poor) == 1


def test_an_embedding_search_is_a_vector_search_at_its_own_price(
    alice_client: APIClient, library: dict[str, Any]
) -> None:
    answer = alice_client.post(
        f"{API}/embeddings/search",
        {"query": QUESTION, "dataset_id": library["id"], "limit": 2, "mode": "keyword", "filters": {"year": 2002}},
    )

    newest = alice_client.get(f"{API}/credits/transactions").json()["transactions"][0]
    assert found(answer) == ["trains.txt"]
    assert (answer.json()["mode"], answer["X-Credits-Charged"]) == ("vector", "1")
    assert newest["operation"] == "embedding_search"


def test_a_batch_answers_each_question_and_has_a_ledger_row_for_each(
    alice_client: APIClient, library: dict[str, Any]
) -> None:
    queries = ["honey", {"query": "bread", "mode": "keyword", "limit": 1}, {"query": "bees", "filters": {"year": 2003}}]
    before = balance(alice_client)

    answer = alice_client.post(
        f"{API}/mcp/batch-query", {"queries": queries, "dataset_id": library["id"], "mode": "vector", "limit": 2}
    )

    body = answer.json()
    assert set(body) == {"results", "query_time_ms"}
    assert [item["query"] for item in body["results"]] == ["honey", "bread", "bees"]
    names = [[result["filename"] for result in item["results"]] for item in body["results"]]
    assert (names[0][0], len(names[0]), names[1], names[2]) == ("bees.txt", 2, ["bread.txt"], ["bread.txt"])
    assert (answer["X-Credits-Charged"], balance(alice_client)) == ("3", before - 3)
    newest = alice_client.get(f"{API}/credits/transactions", {"limit": 3}).json()["transactions"]
    assert {row["id"] for row in newest} == {id.strip() for id in answer["X-Credit-Transaction"].split(",")}
    assert sorted(row["operation"] for row in newest) == ["keyword_query", "vector_query", "vector_query"]
