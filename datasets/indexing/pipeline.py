"""From a stored file to vectors: text, chunks, vectors, in this order, told stage by stage."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from datasets import storage
from datasets.extraction.base import ExtractionError
from datasets.extraction.sandbox import extract_safely
from datasets.indexing.chunking import Chunk, split_text
from datasets.indexing.embeddings import get_embedder
from datasets.indexing.kept_text import keep_text
from datasets.indexing.vector_store import get_vector_store
from datasets.indexing.vector_store.base import ChunkRow, chunk_id_of

BATCH = 256


class Progress(Protocol):
    """Is told how far the work has come; each may raise to stop it."""

    def stage(self, stage: str, progress: float, **columns: int) -> None:
        """Take a stage, and how far all of it has come (0 to 1); further columns of the job, too."""

    def chunks_before(self, planned: int) -> int:
        """Return how many of so many chunks an earlier attempt has written."""

    def chunks(self, written: int, planned: int) -> None:
        """Take how many chunks are written."""


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a document, and where its chunks go."""

    collection: str
    dimension: int
    dataset_id: str
    document_id: str
    number: int


def index(object_key: str, filename: str, version: Version, progress: Progress) -> int:
    """Extract, chunk, embed and store a file, from where an earlier attempt stopped; return how many chunks it has."""
    progress.stage("extracting", 0.05)
    extraction = extract_safely(storage.path_of(object_key), filename)
    kept = keep_text(object_key, extraction)
    progress.stage("chunking", 0.2)
    chunks = split_text(kept.text, pages=kept.pages, is_markdown=kept.is_markdown)
    if not chunks:
        raise ExtractionError("empty_document", "The document holds no text.")
    store_chunks(chunks, version, progress)
    return len(chunks)


def store_chunks(chunks: Sequence[Chunk], version: Version, progress: Progress) -> None:
    """Embed and store chunks batch by batch."""
    store = get_vector_store()
    store.ensure_collection(version.collection, version.dimension)
    for start in range(first_missing(progress.chunks_before(len(chunks)), version), len(chunks), BATCH):
        progress.chunks(start, len(chunks))
        store.upsert(version.collection, list(rows_of(chunks[start : start + BATCH], version)))


def first_missing(written: int, version: Version) -> int:
    """Return where to go on: after what was written, or at the beginning if the store does not have it any more."""
    if not written:
        return 0
    last = chunk_id_of(version.document_id, version.number, written - 1)
    return written if get_vector_store().fetch(version.collection, [last]) else 0


def rows_of(chunks: Sequence[Chunk], version: Version) -> Iterator[ChunkRow]:
    """Yield chunks as the vector store takes them."""
    vectors = get_embedder().embed_documents([chunk.text for chunk in chunks])
    for chunk, vector in zip(chunks, vectors, strict=True):
        yield ChunkRow(
            dataset_id=version.dataset_id,
            document_id=version.document_id,
            version=version.number,
            chunk_index=chunk.index,
            content=chunk.text,
            start_char=chunk.start_char,
            end_char=chunk.end_char,
            page=chunk.page,
            vector=vector,
        )


def forget_version(version: Version) -> None:
    """Remove the vectors of one version."""
    get_vector_store().delete_document(version.collection, document_id=version.document_id, version=version.number)


def forget(collection: str, *, dataset_id: str, document_id: str | None) -> int:
    """Remove files and vectors of a document, or of a whole dataset; return how many chunks the store still has.

    Files first: where the disk is full the store needs the room that they leave.
    """
    store = get_vector_store()
    if document_id:
        storage.delete_document(dataset_id, document_id)
        store.delete_document(collection, document_id=document_id)
        return store.count(collection, document_id=document_id)
    storage.delete_dataset(dataset_id)
    store.delete_dataset(collection, dataset_id=dataset_id)
    return store.count(collection, dataset_id=dataset_id)
