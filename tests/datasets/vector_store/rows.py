"""Chunks to write in tests, with vectors of four dimensions that one can draw."""

import uuid
from collections.abc import Sequence

import numpy as np

from datasets.indexing.vector_store.base import ChunkRow

DIMENSION = 4
# One collection for all tests: making one takes the engine a second. Each test has a dataset of its own in it.
COLLECTION = "fltr_test_4"
EAST, NORTH, WEST = (1.0, 0.0, 0.0, 0.0), (0.0, 1.0, 0.0, 0.0), (-1.0, 0.0, 0.0, 0.0)


def new_id() -> str:
    return str(uuid.uuid4())


def vector(values: Sequence[float]) -> np.ndarray:
    return np.array(values, dtype=np.float32)


def make_row(
    dataset_id: str,
    content: str = "A running dog",
    direction: Sequence[float] = EAST,
    *,
    document_id: str | None = None,
    version: int = 1,
    chunk_index: int = 0,
    page: int | None = None,
) -> ChunkRow:
    """Return a chunk of a document of its own, unless one is named."""
    return ChunkRow(
        dataset_id=dataset_id,
        document_id=document_id or new_id(),
        version=version,
        chunk_index=chunk_index,
        content=content,
        start_char=0,
        end_char=len(content),
        page=page,
        vector=vector(direction),
    )
