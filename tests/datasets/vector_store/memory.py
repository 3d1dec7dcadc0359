"""The vector store's twin in memory, for unit tests: the same contract, held to the same tests."""

import math
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from datasets.errors import VectorStoreError
from datasets.indexing.vector_store.base import (
    ChunkRow,
    ScoredChunk,
    StoredChunk,
    VectorStore,
    best_first,
    check_collection_name,
    check_row,
    check_uuid,
    clean_text,
    parse_chunk_id,
)
from datasets.indexing.vector_store.incarnation import Incarnation

K1, B = 1.2, 0.75
STOP_WORDS = frozenset(["a", "an", "and", "are", "as", "at", "be", "by", "for", "in", "is", "it", "of", "the", "to"])

Condition = Callable[[ChunkRow], bool]


@dataclass
class Collection:
    dimension: int
    rows: dict[str, ChunkRow] = field(default_factory=dict)


class MemoryStore(VectorStore):
    """Keeps everything in a dictionary and scores by the same formulas as Milvus."""

    def __init__(self) -> None:
        self._collections: dict[str, Collection] = {}

    def ensure_collection(self, collection: str, dimension: int) -> None:
        found = self._collections.setdefault(check_collection_name(collection), Collection(dimension))
        if found.dimension != dimension:
            raise VectorStoreError(f"Collection {collection} has {found.dimension} dimensions, not {dimension}.")

    def upsert(self, collection: str, rows: Sequence[ChunkRow]) -> None:
        if not rows:
            return
        if collection not in self._collections:
            raise VectorStoreError(f"Collection {collection} not found.")
        target = self._collections[collection]
        for row in rows:
            check_row(row, target.dimension)
        target.rows.update({row.chunk_id: replace(row, content=clean_text(row.content)) for row in rows})

    def search_dense(
        self,
        collection: str,
        *,
        dataset_id: str,
        vector: np.ndarray,
        limit: int,
        document_ids: Sequence[str] | None = None,
    ) -> list[ScoredChunk]:
        rows = self._rows(collection, _within(dataset_id, document_ids))
        query = np.asarray(vector, dtype=np.float32)
        if not np.isfinite(query).all() or not query.any():
            return []
        hits = best_first(ScoredChunk(row.chunk_id, cosine(query, row.vector)) for row in rows)
        return hits[: max(limit, 0)]

    def search_keyword(
        self, collection: str, *, dataset_id: str, text: str, limit: int, document_ids: Sequence[str] | None = None
    ) -> list[ScoredChunk]:
        rows = self._rows(collection, _within(dataset_id, document_ids))
        score = bm25([analyze(row.content) for row in self._rows(collection)], analyze(clean_text(text)))
        hits = [ScoredChunk(row.chunk_id, score(analyze(row.content))) for row in rows]
        return best_first(hit for hit in hits if hit.score > 0)[: max(limit, 0)]

    def fetch(self, collection: str, chunk_ids: Sequence[str]) -> dict[str, StoredChunk]:
        wanted = {chunk_id for chunk_id in chunk_ids if parse_chunk_id(chunk_id)}
        return {row.chunk_id: _stored(row) for row in self._rows(collection, lambda row: row.chunk_id in wanted)}

    def document_chunks(
        self, collection: str, *, document_id: str, version: int, start: int, stop: int
    ) -> list[StoredChunk]:
        matches = _matching(document_id=document_id, version=version)
        rows = self._rows(collection, lambda row: matches(row) and start <= row.chunk_index < stop)
        return [_stored(row) for row in sorted(rows, key=lambda row: row.chunk_index)]

    def delete_document(self, collection: str, *, document_id: str, version: int | None = None) -> None:
        self._delete(collection, _matching(document_id=check_uuid(document_id), version=version))

    def delete_dataset(self, collection: str, *, dataset_id: str) -> None:
        self._delete(collection, _matching(dataset_id=check_uuid(dataset_id)))

    def count(
        self,
        collection: str,
        *,
        dataset_id: str | None = None,
        document_id: str | None = None,
        version: int | None = None,
        document_ids: Sequence[str] | None = None,
    ) -> int:
        matches, wanted = _matching(dataset_id, document_id, version), _among(document_ids)
        return len(self._rows(collection, lambda row: matches(row) and wanted(row)))

    def walk(
        self, collection: str, *, dataset_id: str | None = None, document_ids: Sequence[str] | None = None
    ) -> Iterator[tuple[str, str]]:
        matches, wanted = _matching(dataset_id), _among(document_ids)
        rows = self._rows(collection, lambda row: matches(row) and wanted(row))
        yield from sorted(((row.dataset_id, row.chunk_id) for row in rows), key=lambda found: found[1])

    def incarnation(self) -> Incarnation:
        return Incarnation()

    def collections(self) -> list[str]:
        return sorted(self._collections)

    def drop_collection(self, collection: str) -> None:
        self._collections.pop(check_collection_name(collection), None)

    def ping(self, timeout_s: float) -> None:
        return None

    def version(self) -> str:
        return "in memory"

    def close(self) -> None:
        return None

    def _rows(self, collection: str, condition: Condition = lambda row: True) -> list[ChunkRow]:
        found = self._collections.get(collection)
        return [row for row in found.rows.values() if condition(row)] if found else []

    def _delete(self, collection: str, condition: Condition) -> None:
        for row in self._rows(collection, condition):
            del self._collections[collection].rows[row.chunk_id]


def _matching(dataset_id: str | None = None, document_id: str | None = None, version: int | None = None) -> Condition:
    for value in (dataset_id, document_id):
        if value is not None:
            check_uuid(value)
    return lambda row: (
        dataset_id in (None, row.dataset_id)
        and document_id in (None, row.document_id)
        and version in (None, row.version)
    )


def _among(document_ids: Sequence[str] | None) -> Condition:
    wanted = None if document_ids is None else {check_uuid(value) for value in document_ids}
    return lambda row: wanted is None or row.document_id in wanted


def _within(dataset_id: str, document_ids: Sequence[str] | None) -> Condition:
    in_dataset, wanted = _matching(check_uuid(dataset_id)), _among(document_ids)
    return lambda row: in_dataset(row) and wanted(row)


def _stored(row: ChunkRow) -> StoredChunk:
    return StoredChunk(
        chunk_id=row.chunk_id,
        document_id=row.document_id,
        version=row.version,
        chunk_index=row.chunk_index,
        content=row.content,
        start_char=row.start_char,
        end_char=row.end_char,
        page=row.page,
    )


def cosine(left: np.ndarray, right: np.ndarray) -> float:
    lengths = float(np.linalg.norm(left) * np.linalg.norm(right))
    return float(left @ right) / lengths if lengths else 0.0


def analyze(text: str) -> list[str]:
    """Split into lower-case words without stop words and English endings, roughly as Milvus' english analyzer does."""
    return [stem(word) for word in re.findall(r"\w+", text.lower()) if word not in STOP_WORDS]


def stem(word: str) -> str:
    shorter = re.sub(r"(?<=\w{3})(ing|ed|es|s)$", "", word)
    return re.sub(r"([bdfgmnprt])\1$", r"\1", shorter) if shorter != word else word


def bm25(corpus: list[list[str]], query: list[str]) -> Callable[[list[str]], float]:
    """Return the scoring of one document's words for the query, with the corpus' frequencies and mean length."""
    mean_length = sum(map(len, corpus)) / len(corpus) if corpus else 0.0
    frequency = Counter(word for words in corpus for word in set(words))

    def score(words: list[str]) -> float:
        counts, norm = Counter(words), K1 * (1 - B + B * len(words) / (mean_length or 1.0))
        return sum(
            math.log(1 + (len(corpus) - frequency[word] + 0.5) / (frequency[word] + 0.5))
            * counts[word] * (K1 + 1) / (counts[word] + norm)
            for word in query
        )  # fmt: skip

    return score
