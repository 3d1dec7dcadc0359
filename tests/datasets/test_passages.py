"""Which passages a question gets: from both legs, of documents that are alive, as many as were asked for."""

import pytest
from rest_framework.test import APIClient

from datasets.indexing.vector_store.base import ScoredChunk, chunk_id_of
from datasets.models import Dataset, Document
from datasets.search import passages
from datasets.search.passages import HYBRID, KEYWORD, Query, rank, search
from tests.datasets.vector_store.memory import MemoryStore
from tests.support.api import make_dataset, upload_text
from tests.support.jobs import do_jobs

pytestmark = pytest.mark.django_db(databases="__all__")

BEES, TRAINS = "Bees make honey in their hive.", "Trains leave the station at noon."


@pytest.fixture
def library(alice_client: APIClient, memory_vectors: MemoryStore) -> Dataset:
    """A dataset with two documents that are ready."""
    made = make_dataset(alice_client, "Library")
    for text, year in ((BEES, 2001), (TRAINS, 2002)):
        upload_text(alice_client, made, text, metadata={"year": year})
    do_jobs()
    return Dataset.objects.get()


def document(text: str) -> Document:
    return Document.objects.get(metadata__year=2001 if text == BEES else 2002)


def texts(hits: list[passages.Hit]) -> set[str]:
    return {hit.chunk.content for hit in hits}


def found_by(text: str) -> list[ScoredChunk]:
    return [ScoredChunk(chunk_id_of(str(document(text).id), 1, 0), 1.0)]


def test_a_hybrid_question_finds_what_either_leg_alone_finds(
    library: Dataset, memory_vectors: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory_vectors, "search_dense", lambda *args, **scope: found_by(BEES))
    monkeypatch.setattr(memory_vectors, "search_keyword", lambda *args, **scope: found_by(TRAINS))

    ranked = rank(library, Query("Anything?", 5, HYBRID), 10)

    assert {hit.document_id for hit in ranked} == {str(document(BEES).id), str(document(TRAINS).id)}
    assert all(hit.score > 0 for hit in ranked)


def test_a_passage_of_another_version_is_not_found(
    library: Dataset, memory_vectors: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passages, "ensure_whole", lambda dataset: None)
    Document.objects.filter(id=document(BEES).id).update(version=2)

    assert texts(search(library, Query("bees trains", 5, HYBRID))) == {TRAINS}


def test_filters_hold_also_where_they_leave_too_many_documents_to_be_named(
    library: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passages, "MOST_FILTERED_DOCUMENTS", 0)

    assert texts(search(library, Query("bees trains", 5, HYBRID, {"year": 2002}))) == {TRAINS}


def test_where_what_is_dead_fills_a_search_it_looks_deeper(
    library: Dataset, alice_client: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passages, "SEARCH_DEPTH", 1)
    Document.objects.filter(id=document(BEES).id).update(lifecycle="deleted")

    assert texts(search(library, Query("bees bees honey hive trains", 1, KEYWORD))) == {TRAINS}
