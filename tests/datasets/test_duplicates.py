"""The same bytes again in the same dataset are free, also when they come twice at the same moment."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connections
from rest_framework.test import APIClient

from datasets.indexing.vector_store.base import VectorStore
from datasets.models import Document, Lifecycle
from datasets.services import documents
from tests.support.api import API, balance, documents_of, make_dataset, refusal, upload, upload_parts, upload_text
from tests.support.clients import client_with_token
from tests.support.jobs import do_jobs
from tests.support.multipart import Part

pytestmark = pytest.mark.django_db(databases="__all__")

TEXT = b"The same text"


def test_the_same_bytes_answer_with_the_document_that_is_there(
    alice_client: APIClient, dataset: dict[str, Any]
) -> None:
    first = upload(alice_client, dataset, TEXT, "first.txt")

    again = upload(alice_client, dataset, TEXT, "again.txt", metadata='{"new": true}')

    assert (again.status_code, again.json()) == (200, first.json())
    assert again["X-Credits-Charged"] == "0"
    assert "X-Credit-Transaction" not in again
    assert balance(alice_client) == 96


def test_the_same_bytes_are_the_same_whether_file_or_text(alice_client: APIClient, dataset: dict[str, Any]) -> None:
    first = upload(alice_client, dataset, TEXT)

    again = upload_text(alice_client, dataset, TEXT.decode())

    assert (again.status_code, again.json()["document_id"]) == (200, first.json()["document_id"])


def test_the_same_bytes_are_free_also_once_the_first_are_ready(
    alice_client: APIClient, dataset: dict[str, Any], memory_vectors: VectorStore
) -> None:
    upload(alice_client, dataset, TEXT)
    do_jobs()

    again = upload(alice_client, dataset, TEXT)

    assert (again.status_code, again.json()["status"]) == (200, "ready")


def test_another_dataset_is_another_place(alice_client: APIClient, dataset: dict[str, Any]) -> None:
    upload(alice_client, dataset, TEXT)

    answer = upload(alice_client, make_dataset(alice_client, "Other"), TEXT)

    assert answer.status_code == 201


def test_duplicates_are_stored_again_where_that_is_wanted(alice_client: APIClient, dataset: dict[str, Any]) -> None:
    first = upload(alice_client, dataset, TEXT).json()

    again = upload_parts(alice_client, dataset, Part("file", TEXT, "again.txt"), query="?duplicates=allow")

    assert (again.status_code, again["X-Credits-Charged"]) == (201, "2")
    assert again.json()["document_id"] != first["document_id"]
    assert upload(alice_client, dataset, TEXT).json() == first


def test_a_failed_document_does_not_count(
    alice_client: APIClient, dataset: dict[str, Any], memory_vectors: VectorStore
) -> None:
    damaged = b"%PDF-1.7\n" + b"\0\xff" * 500
    first = upload(alice_client, dataset, damaged, "scan.pdf").json()
    do_jobs()

    again = upload(alice_client, dataset, damaged, "scan.pdf")

    assert (again.status_code, again["X-Credits-Charged"]) == (201, "2")
    assert again.json()["document_id"] != first["document_id"]


def test_a_deleted_document_does_not_count(alice_client: APIClient, dataset: dict[str, Any]) -> None:
    first = upload(alice_client, dataset, TEXT).json()
    alice_client.delete(f"{documents_of(dataset)}/{first['document_id']}")

    assert upload(alice_client, dataset, TEXT).status_code == 201


def test_the_same_file_twice_in_one_upload_is_one_document(alice_client: APIClient, dataset: dict[str, Any]) -> None:
    answer = upload_parts(alice_client, dataset, Part("file", TEXT, "a.txt"), Part("file", TEXT, "b.txt"))

    first, second = answer.json()["documents"]
    assert (answer.status_code, answer["X-Credits-Charged"]) == (201, "2")
    assert first == second


def test_the_same_file_twice_in_one_upload_need_be_affordable_once(make_user: Any, client_for: Any) -> None:
    client = client_for(make_user("Carol", credits=4))
    dataset = make_dataset(client)

    answer = upload_parts(client, dataset, Part("file", TEXT, "a.txt"), Part("file", TEXT, "b.txt"))

    assert (answer.status_code, answer["X-Credits-Remaining"]) == (201, "0")


def test_a_twin_whose_payment_does_not_come_is_not_waited_for_long(
    alice_client: APIClient, dataset: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    upload(alice_client, dataset, TEXT)
    Document.objects.update(lifecycle=Lifecycle.AWAITING_PAYMENT)
    monkeypatch.setattr(documents, "TWIN_PATIENCE_S", 0.1)

    answer = upload(alice_client, dataset, TEXT)

    assert refusal(answer) == (409, "conflict")
    assert answer["Retry-After"]


def test_several_files_that_are_all_there_are_free(alice_client: APIClient, dataset: dict[str, Any]) -> None:
    parts = Part("file", TEXT, "a.txt"), Part("file", b"Other text", "b.txt")
    first = upload_parts(alice_client, dataset, *parts)

    again = upload_parts(alice_client, dataset, *parts)

    assert (again.status_code, again["X-Credits-Charged"]) == (200, "0")
    assert again.json() == first.json()


@pytest.mark.django_db(databases="__all__", transaction=True)
def test_twins_at_the_same_moment_are_one_document_and_one_charge(alice_session: Any) -> None:
    token = alice_session.token
    dataset = make_dataset(client_with_token(token))

    def send(_: int) -> Any:
        try:
            return upload(client_with_token(token), dataset, TEXT)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(6) as threads:
        answers = list(threads.map(send, range(6)))

    # Whoever meets a twin that is not paid for yet waits for that.
    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 200, 200, 201]
    assert len({answer.json()["document_id"] for answer in answers}) == 1
    client = client_with_token(token)
    assert client.get(documents_of(dataset)).json()["total"] == 1
    assert client.get(f"{API}/credits/transactions", {"operation": "document_upload"}).json()["total"] == 1
    assert upload(client, dataset, TEXT).status_code == 200
