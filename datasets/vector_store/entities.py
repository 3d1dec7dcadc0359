"""Chunks as Milvus keeps them: one flat entity per chunk."""

from collections.abc import Mapping
from typing import Any

from datasets.vector_store.base import ChunkRow, StoredChunk, clean_text

CONTENT_FIELDS = ["chunk_id", "document_id", "version", "chunk_index", "content", "start_char", "end_char", "page"]
# The embedded engine has no nullable fields.
NO_PAGE = -1


def to_entity(row: ChunkRow) -> dict[str, Any]:
    """Return what is written for a chunk; Milvus itself derives the field `sparse` from `content`."""
    return {
        "chunk_id": row.chunk_id,
        "dataset_id": row.dataset_id,
        "document_id": row.document_id,
        "version": row.version,
        "chunk_index": row.chunk_index,
        "content": clean_text(row.content),
        "start_char": row.start_char,
        "end_char": row.end_char,
        "page": NO_PAGE if row.page is None else row.page,
        "dense": row.vector.astype("float32"),
    }


def from_entity(entity: Mapping[str, Any]) -> StoredChunk:
    """Return the chunk that an entity with the content fields stands for."""
    values = {name: entity[name] for name in CONTENT_FIELDS}
    return StoredChunk(**values | {"page": None if values["page"] == NO_PAGE else values["page"]})
