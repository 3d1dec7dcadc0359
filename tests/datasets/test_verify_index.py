"""The documents and the vector store are compared both ways, beside traffic, and the differences mended."""

import uuid
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from rest_framework.test import APIClient

from datasets.errors import VectorStoreUnavailable
from datasets.indexing.vector_store import get_vector_store
from datasets.indexing.vector_store.base import ChunkRow
from datasets.management.commands import verify_index
from datasets.models import Dataset, Document, ProcessingJob
from datasets.services import documents as document_services
from datasets.services import index_check, jobs, processing
from tests.datasets.vector_store.rows import new_id, vector
from tests.support.api import upload_text
from tests.support.jobs import do_jobs
from tests.support.vectors import document, held, lose, make_library

pytestmark = pytest.mark.django_db(databases="__all__")


@pytest.fixture(params=["memory_vectors", "vector_engine"])
def library(request: Any, alice_client: APIClient) -> dict[str, Any]:
    request.getfixturevalue(request.param)
    if request.param == "vector_engine":
        # Other tests of this process have left rows in the engine that they share.
        get_vector_store().drop_collection("fltr_wordllama_256")
    return make_library(alice_client)


@pytest.fixture
def quick_library(alice_client: APIClient, memory_vectors: Any) -> dict[str, Any]:
    return make_library(alice_client)


def leave(document_id: str, version: int = 1, chunks: int = 1) -> None:
    dataset = Dataset.objects.get()
    direction = vector([1.0] * dataset.embedding_dimension)
    rows = [
        ChunkRow(str(dataset.id), document_id, version, index, "Left.", 0, 5, None, direction)
        for index in range(chunks)
    ]
    get_vector_store().upsert(dataset.collection_name, rows)


def verify(*arguments: str) -> tuple[int, str]:
    """Return the exit code and what was said."""
    out = StringIO()
    try:
        call_command("verify_index", *arguments, stdout=out)
    except SystemExit as error:
        return int(str(error.code)), out.getvalue()
    return 0, out.getvalue()


def test_where_all_is_there_and_nothing_else_it_says_so(library: Any) -> None:
    code, said = verify()

    assert code == 0
    assert said == "Missing: 0 chunks of 0 documents.\nLeft over: 0 chunks of 0 versions of documents.\n"


def test_what_is_missing_is_named_and_mended(library: Any) -> None:
    lost = document("long.txt")
    lose(document_id=str(lost.id))

    code, said = verify()

    assert code == 1
    assert f"missing: 8 of 8 chunks of document {lost.id}, version 1, dataset {library['id']}" in said
    assert verify("--repair")[0] == 1
    do_jobs()
    assert verify()[0] == 0


def test_what_is_left_over_is_named_and_deleted(library: Any) -> None:
    gone = new_id()
    leave(gone, chunks=3)
    leave(str(document("long.txt").id), version=7)

    code, said = verify()

    assert code == 1
    assert f"left over: 3 chunks of document {gone}, version 1, dataset {library['id']}" in said
    assert "Left over: 4 chunks of 2 versions of documents." in said
    assert verify("--repair")[0] == 0
    assert verify()[0] == 0
    assert held(document("long.txt")) == 8


def test_without_being_told_to_it_changes_nothing(library: Any) -> None:
    leave(new_id())
    lose(document_id=str(document("long.txt").id))
    before = get_vector_store().count(library["collection_name"])

    verify()

    assert get_vector_store().count(library["collection_name"]) == before
    assert not ProcessingJob.objects.filter(kind="rebuild").exists()


def test_one_dataset_can_be_looked_at_alone(alice_client: APIClient, quick_library: Any) -> None:
    other = make_library(alice_client, "Other")
    lose(dataset_id=other["id"])

    assert verify("--dataset", quick_library["slug"])[0] == 0
    assert verify("--dataset", other["id"])[0] == 1


def test_so_many_are_named_and_all_are_counted(quick_library: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verify_index, "MOST_LINES", 1)
    for _ in range(3):
        leave(new_id())
    lose(dataset_id=quick_library["id"])
    for _ in range(3):
        leave(new_id())

    _, said = verify()

    assert (said.count("missing: "), said.count("left over: ")) == (1, 1)
    assert "of 2 documents." in said
    assert "Left over: 3 chunks of 3 versions" in said


class TestWorkInFlight:
    """What is being written, or on its way out, is no fault."""

    def test_a_document_that_is_being_written(self, alice_client: APIClient, quick_library: Any) -> None:
        upload_text(alice_client, quick_library, "Being read.", filename="new.txt")
        jobs.claim("worker")
        leave(str(document("new.txt").id))

        assert verify()[0] == 0

    def test_a_document_whose_cancelled_job_is_still_at_it(self, alice_client: APIClient, quick_library: Any) -> None:
        upload_text(alice_client, quick_library, "Being read.", filename="new.txt")
        jobs.cancel(jobs.claim("worker"))
        leave(str(document("new.txt").id))

        assert verify()[0] == 0
        ProcessingJob.objects.update(lease_until=timezone.now())
        assert verify()[0] == 1

    def test_a_document_that_is_being_purged(self, quick_library: Any) -> None:
        document_services.delete_document(document("long.txt"))

        assert verify()[0] == 0

    def test_a_dataset_that_is_being_purged(self, alice_client: APIClient, quick_library: Any) -> None:
        alice_client.delete(f"/api/v1/datasets/{quick_library['id']}")

        assert verify()[0] == 0

    def test_a_document_that_becomes_ready_while_it_is_looked_at(
        self, alice_client: APIClient, quick_library: Any, monkeypatch: pytest.MonkeyPatch, memory_vectors: Any
    ) -> None:
        upload_text(alice_client, quick_library, "Being read.", filename="new.txt")
        job, walk = jobs.claim("worker"), memory_vectors.walk

        def finished(*args: Any, **kwargs: Any) -> Any:
            processing.run(job)
            return walk(*args, **kwargs)

        monkeypatch.setattr(memory_vectors, "walk", finished)

        assert verify()[0] == 0

    def test_what_comes_to_answer_before_it_is_deleted_stays(
        self, quick_library: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        Document.objects.filter(filename="long.txt").update(version=9)
        found = index_check.find_orphans()
        assert [orphan.chunks for orphan in found] == [8]
        Document.objects.filter(filename="long.txt").update(version=1)

        assert index_check.remove_orphans(found) == 0
        assert held(document("long.txt")) == 8


def test_a_store_that_is_away_is_told(quick_library: Any, monkeypatch: Any, memory_vectors: Any) -> None:
    def away(*args: Any, **kwargs: Any) -> Any:
        raise VectorStoreUnavailable("The vector store does not answer.")

    monkeypatch.setattr(memory_vectors, "count", away)

    with pytest.raises(CommandError, match=r"does not answer\. Nothing can be compared"):
        verify()


def test_an_unknown_dataset_is_told() -> None:
    with pytest.raises(CommandError, match="There is no dataset"):
        verify("--dataset", str(uuid.uuid4()))
