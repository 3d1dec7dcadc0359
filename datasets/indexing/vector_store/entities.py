"""Chunks as Milvus keeps them: one flat entity per chunk."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from datasets.indexing.vector_store.base import ChunkRow, StoredChunk, clean_text

Entity = Mapping[str, Any]

CONTENT_FIELDS = ["chunk_id", "document_id", "version", "chunk_index", "content", "start_char", "end_char", "page"]
ALL_FIELDS = [*CONTENT_FIELDS, "dataset_id", "dense"]
# The embedded engine has no nullable fields.
NO_PAGE = -1


def to_entity(row: ChunkRow) -> Entity:
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


def from_entity(entity: Entity) -> StoredChunk:
    """Return the chunk that an entity with the content fields stands for."""
    values = {name: entity[name] for name in CONTENT_FIELDS}
    return StoredChunk(**values | {"page": None if values["page"] == NO_PAGE else values["page"]})


def new_and_changed(entities: Iterable[Entity], stored: Iterable[Entity]) -> tuple[list[Entity], list[Entity]]:
    """Return the entities that are not stored at all, and those that are stored with something else in them."""
    before = {entity["chunk_id"]: entity for entity in stored}
    new = [entity for entity in entities if entity["chunk_id"] not in before]
    known = [entity for entity in entities if entity["chunk_id"] in before]
    return new, [entity for entity in known if not _are_equal(entity, before[entity["chunk_id"]])]


def _are_equal(left: Entity, right: Entity) -> bool:
    scalars_agree = all(left[name] == right[name] for name in ALL_FIELDS if name != "dense")
    return scalars_agree and np.array_equal(left["dense"], np.asarray(right["dense"], dtype=np.float32))
