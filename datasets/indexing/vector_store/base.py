"""What a vector store does: the contract that Milvus and the in-memory twin of the tests both keep."""

import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from datasets.errors import VectorStoreError
from datasets.indexing.vector_store.incarnation import Incarnation

# A content may be 1,500 characters of four bytes each; the margin is for whoever chunks more generously.
MAX_CONTENT_BYTES = 16_384

_UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_UUID_PATTERN = re.compile(_UUID)
_COLLECTION_PATTERN = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,254}")
_CHUNK_ID_PATTERN = re.compile(rf"({_UUID})\.([0-9]{{1,18}})\.([0-9]{{1,18}})", re.ASCII)


def check_uuid(value: str) -> str:
    """Return a canonical lower-case UUID string unchanged; anything else is a ValueError."""
    if not isinstance(value, str) or not _UUID_PATTERN.fullmatch(value):
        raise ValueError(f"Expected a lower-case UUID string, got {value!r}.")
    return value


def check_collection_name(name: str) -> str:
    """Return a name that Milvus takes unchanged; anything else is a ValueError."""
    if not _COLLECTION_PATTERN.fullmatch(name):
        raise ValueError(f"Expected a collection name of letters, digits and underscores, got {name!r}.")
    return name


def chunk_id_of(document_id: str, version: int, index: int) -> str:
    """Return the id of a chunk."""
    return f"{document_id}.{version}.{index}"


def parse_chunk_id(chunk_id: str) -> tuple[str, int, int]:
    """Split a chunk id into document id, version and index; anything else is a ValueError."""
    match = _CHUNK_ID_PATTERN.fullmatch(chunk_id) if isinstance(chunk_id, str) else None
    if match is None:
        raise ValueError(f"Expected a chunk id like <document id>.<version>.<index>, got {chunk_id!r}.")
    return match[1], int(match[2]), int(match[3])


def clean_text(text: str) -> str:
    """Replace what cannot be stored or analysed, character for character, so that offsets stay true.

    Half a surrogate pair has no UTF-8 form, and Milvus' analyzer stops reading at a NUL.
    """
    return text.replace("\0", " ").encode("utf-8", "replace").decode("utf-8")


@dataclass(frozen=True, slots=True)
class ChunkRow:
    """One chunk to store, with its vector (float32, of the collection's dimension)."""

    dataset_id: str
    document_id: str
    version: int
    chunk_index: int
    content: str
    start_char: int
    end_char: int
    page: int | None
    vector: np.ndarray = field(compare=False, repr=False)

    @property
    def chunk_id(self) -> str:
        """The same for the same document, version and index, so that doing a job twice writes the same rows."""
        return chunk_id_of(self.document_id, self.version, self.chunk_index)


@dataclass(frozen=True, slots=True)
class ScoredChunk:
    """One hit of a search, without its content."""

    chunk_id: str
    score: float

    @property
    def document_id(self) -> str:
        """The document this chunk belongs to."""
        return parse_chunk_id(self.chunk_id)[0]

    @property
    def version(self) -> int:
        """The version of the document this chunk belongs to."""
        return parse_chunk_id(self.chunk_id)[1]


def best_first(hits: Iterable[ScoredChunk]) -> list[ScoredChunk]:
    """Sort by falling score; equal scores by chunk id, so that the order never depends on the engine."""
    return sorted(hits, key=lambda hit: (-hit.score, hit.chunk_id))


@dataclass(frozen=True, slots=True)
class StoredChunk:
    """One chunk as it was stored, without its vector."""

    chunk_id: str
    document_id: str
    version: int
    chunk_index: int
    content: str
    start_char: int
    end_char: int
    page: int | None


def check_row(row: ChunkRow, dimension: int) -> None:
    """Refuse a row that the store could not give back as it is.

    The embedded engine checks none of this: it acknowledges a vector of another dimension and drops the row.
    """
    check_uuid(row.dataset_id)
    parse_chunk_id(row.chunk_id)
    if row.vector.shape != (dimension,) or not np.isfinite(row.vector).all():
        raise VectorStoreError(f"Chunk {row.chunk_id} needs a finite vector of {dimension} dimensions.")
    if len(row.content.encode("utf-8", "replace")) > MAX_CONTENT_BYTES:
        raise VectorStoreError(f"Chunk {row.chunk_id} is longer than {MAX_CONTENT_BYTES} bytes.")


class VectorStore(ABC):
    """Keeps the chunks of all datasets that share an embedding model in one collection.

    Every method raises VectorStoreUnavailable when the store cannot be reached within a bounded time,
    VectorStoreError when it refuses, and ValueError for an id that is not one. What `upsert` and the deletes
    have acknowledged is durable and seen by every later call, also from other processes.
    A collection that does not exist reads as an empty one, and deleting from it is no error.
    """

    @abstractmethod
    def ensure_collection(self, collection: str, dimension: int) -> None:
        """Create the collection unless it is there; VectorStoreError if it has another dimension."""

    @abstractmethod
    def upsert(self, collection: str, rows: Sequence[ChunkRow]) -> None:
        """Write the rows, replacing those with the same chunk id.

        Written in batches: a failure may leave some of them, and writing all of them again is safe.
        """

    @abstractmethod
    def search_dense(
        self,
        collection: str,
        *,
        dataset_id: str,
        vector: np.ndarray,
        limit: int,
        document_ids: Sequence[str] | None = None,
    ) -> list[ScoredChunk]:
        """Return the nearest chunks by cosine (-1 to 1), best first; none for a vector without a direction."""

    @abstractmethod
    def search_keyword(
        self, collection: str, *, dataset_id: str, text: str, limit: int, document_ids: Sequence[str] | None = None
    ) -> list[ScoredChunk]:
        """Return the best chunks by BM25 (above 0, no upper bound), best first; none without a word to look for."""

    @abstractmethod
    def fetch(self, collection: str, chunk_ids: Sequence[str]) -> dict[str, StoredChunk]:
        """Return those of the chunks that exist, by their ids."""

    @abstractmethod
    def document_chunks(
        self, collection: str, *, document_id: str, version: int, start: int, stop: int
    ) -> list[StoredChunk]:
        """Return one version's chunks with start <= chunk_index < stop, in that order.

        Indexes run from 0 without a gap, so reading ends where a whole window holds nothing.
        """

    @abstractmethod
    def delete_document(self, collection: str, *, document_id: str, version: int | None = None) -> None:
        """Remove the chunks of one version of a document, or of all its versions."""

    @abstractmethod
    def delete_dataset(self, collection: str, *, dataset_id: str) -> None:
        """Remove every chunk of a dataset."""

    @abstractmethod
    def count(
        self,
        collection: str,
        *,
        dataset_id: str | None = None,
        document_id: str | None = None,
        version: int | None = None,
        document_ids: Sequence[str] | None = None,
    ) -> int:
        """Count the chunks that match all that is given, strongly consistent: 0 means the delete is done.

        What was written twice may be counted twice; `walk` tells what there is.
        """

    @abstractmethod
    def walk(
        self, collection: str, *, dataset_id: str | None = None, document_ids: Sequence[str] | None = None
    ) -> Iterator[tuple[str, str]]:
        """Yield the dataset id and chunk id of all chunks that match, by chunk id, each once.

        What comes or goes meanwhile may be among them or not.
        """

    @abstractmethod
    def incarnation(self) -> Incarnation:
        """Return which engine answers now, without asking it: this costs microseconds."""

    @abstractmethod
    def collections(self) -> list[str]:
        """Return the names of all collections, by name; others than ours may be among them."""

    @abstractmethod
    def drop_collection(self, collection: str) -> None:
        """Remove a collection with all that is in it."""

    @abstractmethod
    def ping(self, timeout_s: float) -> None:
        """Return if the store answers within the time, else raise VectorStoreUnavailable."""

    @abstractmethod
    def version(self) -> str:
        """Return what the store says it is, like `2.5.4`."""

    @abstractmethod
    def close(self) -> None:
        """Give up the connection; the next call opens a new one."""
