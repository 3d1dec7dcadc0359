"""Find passages: the legs that a mode asks for, fused, and of those the ones that are alive."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from authbridge.selectors import batches
from authbridge.shared.metrics import SEARCH_SECONDS
from datasets.errors import ServiceUnavailable, VectorStoreError
from datasets.indexing.embeddings import get_embedder
from datasets.indexing.vector_store import get_vector_store
from datasets.indexing.vector_store.base import ScoredChunk, StoredChunk
from datasets.indexing.wholeness.memo import ensure_whole
from datasets.models import Dataset, Document, Lifecycle
from datasets.search.filter_sql import can_be_sql, condition_of
from datasets.search.filters import matches
from datasets.search.fusion import SEARCH_DEPTH, fuse, normalise_dense, normalise_keyword

HYBRID, VECTOR, KEYWORD = "hybrid", "vector", "keyword"
# Where chunks of deleted documents fill a search, it is repeated once, this deep.
DEEPEST_SEARCH = 16_000
# Filters that leave at most this many documents are put to the vector store, which then finds all that match.
MOST_FILTERED_DOCUMENTS = 4_000
LOOKED_UP_AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class Query:
    """One question to one dataset."""

    text: str
    limit: int
    mode: str
    filters: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class LiveDocument:
    """What an answer says of a document."""

    id: str
    version: int
    filename: str
    metadata: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage, its document and its score in 0..1."""

    chunk: StoredChunk
    document: LiveDocument
    score: float


def search(dataset: Dataset, query: Query) -> list[Hit]:
    """Return the best passages of documents that are alive, best first.

    SQL decides what is alive, so a deleted document is not found even while its vectors are still there. Where vectors
    of the dataset are missing it raises IndexIncomplete.
    """
    try:
        for depth in (SEARCH_DEPTH, DEEPEST_SEARCH):
            ranked = rank(dataset, query, depth)
            with SEARCH_SECONDS.labels("collecting").time():
                hits = collect(dataset, query, ranked)
            if len(hits) == query.limit or len(ranked) < depth:
                break
        # Last, so that it is about the engine that was asked, and not one that was there before.
        ensure_whole(dataset)
    except VectorStoreError as error:
        raise ServiceUnavailable from error
    return hits


def rank(dataset: Dataset, query: Query, depth: int) -> list[ScoredChunk]:
    """Return the scored chunks of the legs that the mode asks for, fused, dead ones among them."""
    store, embedder = get_vector_store(), get_embedder()
    scope: dict[str, Any] = {"dataset_id": str(dataset.id), "limit": depth}
    if query.filters:
        scope["document_ids"] = matching_documents(dataset, query.filters)
    dense = keyword = []
    if query.mode != KEYWORD:
        with SEARCH_SECONDS.labels("embedding").time():
            vector = embedder.embed_query(query.text)
        with SEARCH_SECONDS.labels("vector").time():
            dense = store.search_dense(dataset.collection_name, vector=vector, **scope)
    if query.mode != VECTOR:
        with SEARCH_SECONDS.labels("keyword").time():
            keyword = store.search_keyword(dataset.collection_name, text=query.text, **scope)
    if query.mode == HYBRID:
        return fuse(dense, keyword, dense_weight=embedder.dense_weight)
    return normalise_dense(dense) if query.mode == VECTOR else normalise_keyword(keyword)


def matching_documents(dataset: Dataset, filters: dict[str, Any]) -> list[str] | None:
    """Return the ids that the filters leave, or None if they are too many to name: then `collect` sorts them out."""
    documents = Document.objects.searchable().filter(dataset=dataset)
    if can_be_sql(filters):
        found = documents.filter(condition_of(filters)).values_list("id", flat=True)
        ids = list(found[: MOST_FILTERED_DOCUMENTS + 1])
    else:
        slices = (documents.filter(id__in=batch) for batch in batches(documents.values_list("id", flat=True)))
        rows = (row for part in slices for row in part.values_list("id", "metadata"))
        ids = [id for id, metadata in rows if matches(metadata, filters)]
    return [str(id) for id in ids] if len(ids) <= MOST_FILTERED_DOCUMENTS else None


def collect(dataset: Dataset, query: Query, ranked: Sequence[ScoredChunk]) -> list[Hit]:
    """Take the best chunks whose document is alive in that version and meets the filters."""
    found: list[tuple[ScoredChunk, LiveDocument]] = []
    for start in range(0, len(ranked), LOOKED_UP_AT_ONCE):
        batch = ranked[start : start + LOOKED_UP_AT_ONCE]
        alive = live_documents(dataset, {chunk.document_id for chunk in batch}, query.filters or {})
        found += [
            (chunk, document)
            for chunk in batch
            if (document := alive.get(chunk.document_id)) and document.version == chunk.version
        ]
        if len(found) >= query.limit:
            break
    chunks = get_vector_store().fetch(dataset.collection_name, [chunk.chunk_id for chunk, _ in found[: query.limit]])
    return [
        Hit(chunk=chunks[scored.chunk_id], document=document, score=scored.score)
        for scored, document in found[: query.limit]
        if scored.chunk_id in chunks
    ]


def live_documents(dataset: Dataset, ids: set[str], filters: dict[str, Any]) -> dict[str, LiveDocument]:
    """Return those of these documents that a query may return, by id."""
    rows = Document.objects.searchable().filter(dataset=dataset, dataset__lifecycle=Lifecycle.ACTIVE, id__in=ids)
    found = rows.values_list("id", "version", "filename", "metadata")
    return {
        str(id): LiveDocument(str(id), version, filename, metadata)
        for id, version, filename, metadata in found
        if matches(metadata, filters)
    }
