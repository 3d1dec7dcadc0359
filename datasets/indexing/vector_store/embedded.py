"""Writing to the embedded engine, whose own upsert keeps less than it promises."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from datasets.errors import VectorStoreUnavailable
from datasets.indexing.vector_store import filters
from datasets.indexing.vector_store.connection import WRITE_TIMEOUT_S, Connection
from datasets.indexing.vector_store.entities import ALL_FIELDS, Entity, new_and_changed
from datasets.indexing.vector_store.locks import folder_lock


def write_carefully(connection: Connection, folder: Path, collection: str, entities: Sequence[Entity]) -> None:
    """Write what is not there yet and replace only what differs, one writer of the engine's folder at a time.

    The engine's upsert first deletes and then inserts. Killed in between it loses rows that had been acknowledged,
    readers meanwhile find none, and two at once leave each row twice, which nothing shows but the count.
    """
    expression = filters.with_chunk_ids(entity["chunk_id"] for entity in entities)
    with _only_writer(folder):
        stored = connection.call(
            "query", collection, timeout=WRITE_TIMEOUT_S, filter=expression, output_fields=ALL_FIELDS
        )
        new, changed = new_and_changed(entities, stored)
        if stored and connection.count(collection, expression) != len(stored):
            # Some are there twice, from a writer that died while the engine was still at it.
            new, changed = [], list(entities)
        for method, batch in (("insert", new), ("upsert", changed)):
            if batch:
                connection.call(method, collection, timeout=WRITE_TIMEOUT_S, data=batch)


@contextmanager
def _only_writer(folder: Path) -> Iterator[None]:
    try:
        with folder_lock(folder, WRITE_TIMEOUT_S):
            yield
    except OSError as error:
        raise VectorStoreUnavailable(f"The embedded vector store cannot be written: {error}") from error
