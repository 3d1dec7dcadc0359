"""Listing, reading, changing, deleting and retrying documents."""

import re
from typing import Any

import pytest
from rest_framework.test import APIClient

from datasets import storage
from datasets.indexing.vector_store.base import VectorStore
from datasets.models import Document, ProcessingJob
from tests.support.api import DATASETS, UNKNOWN_ID, balance, documents_of, make_dataset, refusal, upload, upload_text
from tests.support.clients import client_for
from tests.support.jobs import do_jobs
from tests.support.people import make_user

pytestmark = [pytest.mark.django_db(databases="__all__"), pytest.mark.usefixtures("memory_vectors")]

FIELDS = {
    "document_id", "dataset_id", "filename", "mime_type", "size_bytes", "content_hash", "status", "chunks_created",
    "error", "metadata", "credits_charged", "processing_time_ms", "created_at", "processed_at",
}  # fmt: skip
UTC_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
DAMAGED_PDF = b"%PDF-1.7\n" + b"\x00\xff" * 500


def path_of(document: dict[str, Any]) -> str:
    return f"{DATASETS}/{document['dataset_id']}/documents/{document['document_id']}"


def make_failed(client: APIClient, dataset: dict[str, Any]) -> dict[str, Any]:
    """Upload what looks like a PDF and cannot be read."""
    document: dict[str, Any] = upload(client, dataset, DAMAGED_PDF, "scan.pdf").json()
    do_jobs()
    return document


def test_a_document_becomes_ready(alice_client: APIClient, dataset: dict[str, Any]) -> None:
    document = upload_text(alice_client, dataset, "Some text").json()
    do_jobs()

    body = alice_client.get(path_of(document)).json()

    assert set(body) == FIELDS
    assert (body["status"], body["chunks_created"], body["error"]) == ("ready", 1, None)
    assert body["credits_charged"] == 2
    assert body["processing_time_ms"] > 0
    assert UTC_TIME.fullmatch(body["created_at"])
    assert UTC_TIME.fullmatch(body["processed_at"])
    assert re.fullmatch(r"[0-9a-f]{64}", body["content_hash"])


def test_a_document_that_cannot_be_read_fails_with_a_reason_and_costs_nothing(
    alice_client: APIClient, dataset: dict[str, Any]
) -> None:
    document = make_failed(alice_client, dataset)

    body = alice_client.get(path_of(document)).json()

    assert (body["status"], body["credits_charged"], body["chunks_created"]) == ("failed", 0, 0)
    assert body["error"]["code"] == "damaged_file"
    assert body["error"]["message"].endswith(".")
    assert balance(alice_client) == 98


def test_a_dataset_follows_the_states_of_its_documents(alice_client: APIClient, dataset: dict[str, Any]) -> None:
    def state() -> tuple[str, int]:
        body = alice_client.get(f"{DATASETS}/{dataset['id']}").json()
        return body["status"], body["document_count"]

    states = [state()]
    failed = make_failed(alice_client, dataset)
    states.append(state())
    upload_text(alice_client, dataset, "Some text")
    states.append(state())
    do_jobs()
    states.append(state())
    alice_client.delete(path_of(failed))
    states.append(state())

    assert states == [("ready", 0), ("failed", 1), ("processing", 2), ("ready", 2), ("ready", 1)]


def test_documents_are_listed_newest_first_and_filtered(alice_client: APIClient, dataset: dict[str, Any]) -> None:
    upload_text(alice_client, dataset, "One", filename="Alpha 100%.txt")
    upload_text(alice_client, dataset, "Two", filename="beta_1.txt")
    do_jobs()
    upload_text(alice_client, dataset, "Three", filename="gamma.txt")

    def names(**query: str) -> list[str]:
        return [item["filename"] for item in alice_client.get(documents_of(dataset), query).json()["documents"]]

    assert names() == ["gamma.txt", "beta_1.txt", "Alpha 100%.txt"]
    assert names(status="pending") == ["gamma.txt"]
    assert names(status="ready") == ["beta_1.txt", "Alpha 100%.txt"]
    assert names(status="failed") == []
    assert names(q="ALPHA") == ["Alpha 100%.txt"]
    assert names(q="%") == ["Alpha 100%.txt"]
    assert names(q="_1", status="ready") == ["beta_1.txt"]


@pytest.mark.parametrize("query", [{"status": "unknown"}, {"q": "a\0b"}, {"q": "q" * 256}], ids=str)
def test_a_filter_that_means_nothing_is_refused(
    alice_client: APIClient, dataset: dict[str, Any], query: dict[str, str]
) -> None:
    answer = alice_client.get(documents_of(dataset), query)

    assert refusal(answer) == (400, "invalid_request")
    assert list(answer.json()["details"]) == list(query)


def test_a_change_merges_by_field_and_replaces_metadata_whole(alice_client: APIClient, dataset: dict[str, Any]) -> None:
    before = upload_text(alice_client, dataset, "Some text", metadata={"a": 1, "b": 2}).json()

    renamed = alice_client.patch(path_of(before), {"filename": "new.txt", "status": "ready"}).json()
    described = alice_client.patch(path_of(before), {"metadata": {"c": 3}}).json()

    assert renamed == {**before, "filename": "new.txt"}
    assert described == {**before, "filename": "new.txt", "metadata": {"c": 3}}


@pytest.mark.parametrize("bad", [{"metadata": []}, {"metadata": None}, {"filename": 5}, {"filename": None}], ids=str)
def test_a_bad_change_is_refused_whole(alice_client: APIClient, dataset: dict[str, Any], bad: dict[str, Any]) -> None:
    document = upload_text(alice_client, dataset, "Some text").json()

    answer = alice_client.patch(path_of(document), {"filename": "new.txt", "metadata": {"new": 1}, **bad})

    assert refusal(answer) == (400, "invalid_request")
    assert list(answer.json()["details"]) == list(bad)
    assert alice_client.get(path_of(document)).json() == document


@pytest.mark.parametrize("id", [UNKNOWN_ID, "%00", "no-id", "x" * 5_000])
def test_a_document_that_is_not_there_is_not_found(alice_client: APIClient, dataset: dict[str, Any], id: str) -> None:
    path = f"{documents_of(dataset)}/{id}"

    answers = [getattr(alice_client, method)(path) for method in ("get", "patch", "delete")]
    answers += [alice_client.get(f"{path}/{rest}") for rest in ("chunks", "content")]
    answers.append(alice_client.post(f"{path}/retry"))

    assert {refusal(answer) for answer in answers} == {(404, "document_not_found")}


def test_a_deleted_document_is_gone_at_once(alice_client: APIClient, dataset: dict[str, Any]) -> None:
    document = upload_text(alice_client, dataset, "Some text").json()
    do_jobs()

    answer = alice_client.delete(path_of(document))

    assert (answer.status_code, answer.content) == (204, b"")
    assert refusal(alice_client.get(path_of(document))) == (404, "document_not_found")
    assert refusal(alice_client.delete(path_of(document))) == (404, "document_not_found")
    assert alice_client.get(documents_of(dataset)).json()["total"] == 0
    assert balance(alice_client) == 96


def test_a_document_deleted_before_it_was_ready_costs_nothing(alice_client: APIClient, dataset: dict[str, Any]) -> None:
    document = upload_text(alice_client, dataset, "Some text").json()

    alice_client.delete(path_of(document))

    assert balance(alice_client) == 98
    assert not [job for job in do_jobs() if job.kind == "process"]


def test_vectors_and_files_of_a_deleted_document_are_purged_in_the_background(
    alice_client: APIClient, dataset: dict[str, Any], memory_vectors: VectorStore
) -> None:
    document = upload_text(alice_client, dataset, "Some text").json()
    do_jobs()

    alice_client.delete(path_of(document))
    do_jobs()

    assert memory_vectors.count(dataset["collection_name"], document_id=document["document_id"]) == 0
    assert not (storage.root() / dataset["id"] / document["document_id"]).exists()
    assert not Document.objects.filter(id=document["document_id"]).exists()


def test_a_failed_document_can_be_retried_and_is_charged_again(
    alice_client: APIClient, dataset: dict[str, Any]
) -> None:
    document = make_failed(alice_client, dataset)

    answer = alice_client.post(f"{path_of(document)}/retry")

    body = answer.json()
    assert (answer.status_code, answer["X-Credits-Charged"]) == (200, "2")
    assert (body["status"], body["error"], body["credits_charged"]) == ("pending", None, 2)
    assert balance(alice_client) == 96
    do_jobs()
    assert balance(alice_client) == 98


def test_a_retry_that_cannot_be_paid_leaves_the_document_failed() -> None:
    poor = client_for(make_user(credits=4))
    dataset = make_dataset(poor)
    document = make_failed(poor, dataset)
    upload_text(poor, dataset, "Some text")

    answer = poor.post(f"{path_of(document)}/retry")

    assert refusal(answer) == (402, "insufficient_credits")
    after = poor.get(path_of(document)).json()
    assert (after["status"], after["error"]["code"], balance(poor)) == ("failed", "damaged_file", 0)


def test_only_a_failed_document_can_be_retried(alice_client: APIClient, dataset: dict[str, Any]) -> None:
    document = upload_text(alice_client, dataset, "Some text").json()
    pending = alice_client.post(f"{path_of(document)}/retry")
    do_jobs()
    ready = alice_client.post(f"{path_of(document)}/retry")

    assert [refusal(answer) for answer in (pending, ready)] == [(409, "conflict")] * 2
    assert balance(alice_client) == 96


def test_chunks_are_the_pieces_of_the_content(alice_client: APIClient, dataset: dict[str, Any]) -> None:
    text = "\n\n".join(f"Paragraph {number} on dogs 😀 and what they eat, 文書. " * 6 for number in range(30))
    document = upload_text(alice_client, dataset, text).json()
    do_jobs()

    content = alice_client.get(f"{path_of(document)}/content").json()
    page = alice_client.get(f"{path_of(document)}/chunks", {"limit": 100}).json()

    chunks = page["chunks"]
    assert set(chunks[0]) == {"chunk_id", "chunk_index", "content", "start_char", "end_char", "page"}
    assert len(chunks) > 3
    assert page["total"] == len(chunks) == alice_client.get(path_of(document)).json()["chunks_created"]
    assert [chunk["chunk_index"] for chunk in chunks] == list(range(len(chunks)))
    assert (content["document_id"], content["filename"]) == (document["document_id"], "document.txt")
    for chunk in chunks:
        assert content["content"][chunk["start_char"] : chunk["end_char"]] == chunk["content"]
    seconds = alice_client.get(f"{path_of(document)}/chunks", {"limit": 2, "offset": 1}).json()
    assert (seconds["chunks"], seconds["has_more"]) == (chunks[1:3], True)


def test_a_document_that_is_not_ready_has_no_chunks_and_no_content(
    alice_client: APIClient, dataset: dict[str, Any]
) -> None:
    documents = [make_failed(alice_client, dataset), upload_text(alice_client, dataset, "Some text").json()]

    chunks = [alice_client.get(f"{path_of(document)}/chunks").json() for document in documents]
    contents = [alice_client.get(f"{path_of(document)}/content") for document in documents]

    assert [(page["chunks"], page["total"]) for page in chunks] == [([], 0)] * 2
    assert {refusal(answer) for answer in contents} == {(409, "conflict")}


def test_a_text_that_was_purged_since_we_looked_is_not_found(alice_client: APIClient, dataset: dict[str, Any]) -> None:
    document = upload_text(alice_client, dataset, "Some text").json()
    do_jobs()
    storage.delete_document(dataset["id"], document["document_id"])

    answer = alice_client.get(f"{path_of(document)}/content")

    assert refusal(answer) == (404, "document_not_found")


def test_a_dataset_deleted_while_its_upload_arrives_is_not_found(
    alice_client: APIClient, dataset: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    from datasets.views import documents

    def deleted_meanwhile(request: Any) -> Any:
        alice_client.delete(f"{DATASETS}/{dataset['id']}")
        return read_uploads(request)

    read_uploads = documents.read_uploads
    monkeypatch.setattr(documents, "read_uploads", deleted_meanwhile)

    answer = upload_text(alice_client, dataset, "Some text")

    assert refusal(answer) == (404, "dataset_not_found")
    assert (balance(alice_client), ProcessingJob.objects.filter(kind="process").count()) == (98, 0)


def test_documents_of_other_datasets_are_not_listed(alice_client: APIClient, dataset: dict[str, Any]) -> None:
    upload_text(alice_client, make_dataset(alice_client, "Other"), "Some text")

    assert alice_client.get(documents_of(dataset)).json()["total"] == 0
