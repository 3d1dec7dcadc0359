"""The vectors of a document that answers are written again, so that it answers wholly in one version or another."""

from collections.abc import Callable, Sequence

from datasets.errors import VectorStoreError
from datasets.extraction.base import ExtractionError
from datasets.indexing.chunking import Chunk, split_text
from datasets.indexing.kept_text import KeptText
from datasets.indexing.pipeline import Progress, Version, store_chunks
from datasets.indexing.vector_store import get_vector_store
from datasets.indexing.vector_store.base import StoredChunk, clean_text

COMPARED_AT_ONCE = 1_000


def write_again(
    kept: KeptText, versions: Sequence[Version], reserve: Callable[[], Version], progress: Progress
) -> tuple[int, int]:
    """Write all chunks of a text; return the version they are in, and how many they are.

    The first of these versions answers. What it still has stays, if the text is split as it was then; else the chunks
    go into another: one that an earlier attempt began, or a new one.
    """
    progress.stage("chunking", 0.2)
    chunks = split_text(kept.text, pages=kept.pages, is_markdown=kept.is_markdown)
    if not chunks:
        raise ExtractionError("empty_document", "The document holds no text.")
    version = next((version for version in versions if agrees(chunks, version)), None) or reserve()
    store_chunks(chunks, version, progress)
    if stored(version) != len(chunks):
        # Some that an earlier attempt wrote have gone: the next one begins anew.
        progress.stage("embedding", 0.25, chunks_written=0)
        raise VectorStoreError(f"Of {len(chunks)} chunks of document {version.document_id} some are not there.")
    return version.number, len(chunks)


def agrees(chunks: Sequence[Chunk], version: Version) -> bool:
    """Tell whether all that is stored of a version is among these chunks."""
    there = stored(version)
    for start in range(0, len(chunks) if there else 0, COMPARED_AT_ONCE):
        window = chunks[start : start + COMPARED_AT_ONCE]
        rows = get_vector_store().document_chunks(
            version.collection,
            document_id=version.document_id,
            version=version.number,
            start=start,
            stop=start + len(window),
        )
        if not all(is_same(chunks[row.chunk_index], row) for row in rows):
            return False
        there -= len(rows)
    return there == 0


def is_same(chunk: Chunk, row: StoredChunk) -> bool:
    """Tell whether a row holds this chunk."""
    expected = (clean_text(chunk.text), chunk.start_char, chunk.end_char, chunk.page)
    return expected == (row.content, row.start_char, row.end_char, row.page)


def stored(version: Version) -> int:
    """Return how many chunks the store has of a version."""
    return get_vector_store().count(version.collection, document_id=version.document_id, version=version.number)
