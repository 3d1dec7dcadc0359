"""Changing and deleting a dataset."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from datasets import storage
from datasets.indexing.vector_store.base import VectorStore
from datasets.models import Dataset
from tests.support.api import API, DATASETS, UNKNOWN_ID, balance, documents_of, make_dataset, refusal, upload_text
from tests.support.jobs import do_jobs

pytestmark = pytest.mark.django_db(databases="__all__")


def change(client: APIClient, dataset: dict[str, Any], **fields: Any) -> Any:
    return client.patch(f"{DATASETS}/{dataset['id']}", fields)


def test_a_change_merges_by_field_and_replaces_metadata_whole(alice_client: APIClient) -> None:
    before = make_dataset(alice_client, description="Old", category="work", metadata={"a": 1, "b": 2})

    after = change(alice_client, before, description="New", metadata={"c": 3}).json()

    changed = {"description": "New", "metadata": {"c": 3}, "updated_at": after["updated_at"]}
    assert after == {**before, **changed}
    assert after["updated_at"] > before["updated_at"]


def test_a_new_name_leaves_the_slug(alice_client: APIClient) -> None:
    dataset = make_dataset(alice_client, "Reports")

    after = change(alice_client, dataset, name="Minutes", slug="minutes").json()

    assert (after["name"], after["slug"]) == ("Minutes", "reports")
    assert alice_client.get(f"{DATASETS}/reports").json()["id"] == dataset["id"]
    assert refusal(alice_client.get(f"{DATASETS}/minutes")) == (404, "dataset_not_found")


def test_a_dataset_can_be_changed_by_its_slug(alice_client: APIClient) -> None:
    make_dataset(alice_client, "Reports")

    answer = alice_client.patch(f"{DATASETS}/reports", {"category": "work"})

    assert (answer.status_code, answer.json()["category"]) == (200, "work")


def test_an_empty_change_changes_nothing(alice_client: APIClient) -> None:
    before = make_dataset(alice_client)

    after = change(alice_client, before).json()

    assert {**after, "updated_at": None} == {**before, "updated_at": None}


def test_a_name_that_is_taken_is_refused(alice_client: APIClient) -> None:
    make_dataset(alice_client, "Reports")
    other = make_dataset(alice_client, "Minutes")

    assert refusal(change(alice_client, other, name="Reports")) == (409, "conflict")
    assert change(alice_client, other, name="Minutes").status_code == 200


def test_changes_are_free(alice_client: APIClient) -> None:
    answer = change(alice_client, make_dataset(alice_client), visibility="public")

    assert "X-Credits-Charged" not in answer
    assert balance(alice_client) == 98


def test_a_deleted_dataset_is_gone_at_once(alice_client: APIClient) -> None:
    dataset = make_dataset(alice_client)

    answer = alice_client.delete(f"{DATASETS}/{dataset['id']}")

    assert (answer.status_code, answer.content) == (204, b"")
    gone = [alice_client.get(f"{DATASETS}/{dataset[name]}") for name in ("id", "slug")]
    gone += [alice_client.delete(f"{DATASETS}/{dataset['id']}"), change(alice_client, dataset, name="Back")]
    assert {refusal(answer) for answer in gone} == {(404, "dataset_not_found")}
    assert alice_client.get(DATASETS).json()["total"] == 0


def test_deleting_a_dataset_gives_back_what_unfinished_uploads_cost(alice_client: APIClient) -> None:
    dataset = make_dataset(alice_client)
    upload_text(alice_client, dataset, "Some text")
    assert balance(alice_client) == 96

    alice_client.delete(f"{DATASETS}/{dataset['id']}")

    assert balance(alice_client) == 98


def test_deleting_a_dataset_takes_its_documents_and_jobs_along(alice_client: APIClient) -> None:
    dataset = make_dataset(alice_client)
    document = upload_text(alice_client, dataset, "Some text").json()
    job = alice_client.get(f"{DATASETS}/{dataset['id']}/jobs").json()["jobs"][0]

    alice_client.delete(f"{DATASETS}/{dataset['id']}")

    assert refusal(alice_client.get(f"{API}/jobs/{job['id']}")) == (404, "job_not_found")
    path = f"{documents_of(dataset)}/{document['document_id']}"
    assert refusal(alice_client.get(path)) == (404, "dataset_not_found")


def test_vectors_and_files_of_a_deleted_dataset_are_purged_in_the_background(
    alice_client: APIClient, memory_vectors: VectorStore
) -> None:
    dataset = make_dataset(alice_client)
    upload_text(alice_client, dataset, "Some text")
    do_jobs()
    assert memory_vectors.count(dataset["collection_name"], dataset_id=dataset["id"]) == 1

    alice_client.delete(f"{DATASETS}/{dataset['id']}")
    do_jobs()

    assert memory_vectors.count(dataset["collection_name"], dataset_id=dataset["id"]) == 0
    assert not (storage.root() / dataset["id"]).exists()
    assert not Dataset.objects.filter(id=dataset["id"]).exists()


@pytest.mark.parametrize("method", ["get", "patch", "delete"])
@pytest.mark.parametrize("id", [UNKNOWN_ID, "no-such-slug", "%00", "ä", "x" * 5_000])
def test_what_is_not_there_is_not_found(alice_client: APIClient, method: str, id: str) -> None:
    answer = getattr(alice_client, method)(f"{DATASETS}/{id}")

    assert refusal(answer) == (404, "dataset_not_found")
