"""A long job lets others pass between two batches, and goes on where it stopped."""

from typing import Any

import pytest

from authbridge.models import User
from datasets.indexing import pipeline
from datasets.indexing.vector_store import get_vector_store
from datasets.models import Document, ProcessingJob
from datasets.services import jobs, processing
from tests.support.api import make_dataset, upload_text
from tests.support.clients import client_for
from tests.support.jobs import do_jobs

pytestmark = [pytest.mark.django_db(databases="__all__", transaction=True), pytest.mark.usefixtures("memory_vectors")]
LONG = "\n\n".join(f"Paragraph {number} says something of its own." * 12 for number in range(40))


@pytest.fixture(autouse=True)
def _small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "BATCH", 2)
    monkeypatch.setattr(processing, "quantum_s", lambda prepared_s: 0.0)


def upload(user: User, text: str) -> Document:
    client = client_for(user)
    dataset = make_dataset(client)
    return Document.objects.get(id=upload_text(client, dataset, text).json()["document_id"])


def do_next() -> ProcessingJob:
    """Do what is next in line, for as long as it takes or until it gives way."""
    job = jobs.claim("worker")
    assert job is not None
    processing.run(job)
    job.refresh_from_db()
    return job


def chunks_of(document: Document) -> list[int]:
    document.refresh_from_db()
    found = get_vector_store().document_chunks(
        document.dataset.collection_name, document_id=str(document.id), version=document.version, start=0, stop=10_000
    )
    return [chunk.chunk_index for chunk in found]


@pytest.fixture
def passing(alice: User, bob: User, monkeypatch: pytest.MonkeyPatch) -> tuple[Document, Document]:
    """A long document of Alice's, during which one of Bob's comes in."""
    long = upload(alice, LONG)
    bobs: list[Document] = []
    rows_of = pipeline.rows_of

    def rows_then_bob(*args: Any) -> Any:
        if not bobs:
            bobs.append(upload(bob, "Short."))
        return rows_of(*args)

    monkeypatch.setattr(pipeline, "rows_of", rows_then_bob)
    first = do_next()
    assert (first.document_id, first.status) == (long.id, "queued")
    return long, bobs[0]


def test_who_comes_meanwhile_is_done_first(passing: tuple[Document, Document]) -> None:
    long, short = passing

    assert do_next().document_id == short.id
    short.refresh_from_db()
    long.refresh_from_db()
    assert (short.status, long.status) == ("ready", "processing")


def test_it_goes_on_where_it_stopped_and_is_whole(
    passing: tuple[Document, Document], monkeypatch: pytest.MonkeyPatch
) -> None:
    long, _ = passing
    written: list[int] = []
    upsert = get_vector_store().upsert

    def note(collection: str, rows: Any) -> None:
        written.extend(row.chunk_index for row in rows if row.document_id == str(long.id))
        upsert(collection, rows)

    monkeypatch.setattr(get_vector_store(), "upsert", note)
    do_jobs()

    long.refresh_from_db()
    assert (long.status, long.chunk_count) == ("ready", len(chunks_of(long)))
    assert chunks_of(long) == list(range(long.chunk_count))
    assert written == list(range(2, long.chunk_count))


def test_it_begins_anew_if_what_it_wrote_is_gone(passing: tuple[Document, Document]) -> None:
    long, _ = passing
    get_vector_store().delete_document(long.dataset.collection_name, document_id=str(long.id))

    do_jobs()

    long.refresh_from_db()
    assert chunks_of(long) == list(range(long.chunk_count))


def test_a_document_that_nobody_waits_for_is_done_at_once(alice: User) -> None:
    long = upload(alice, LONG)

    assert do_next().status == "succeeded"
    assert chunks_of(long) == list(range(long.chunk_count))
