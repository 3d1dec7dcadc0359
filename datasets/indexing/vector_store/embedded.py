"""Writing to the embedded engine, whose own writes keep less than they promise."""

import errno
import logging
import os
import shutil
import signal
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from datasets.errors import VectorStoreUnavailable
from datasets.indexing.vector_store import filters
from datasets.indexing.vector_store.connection import WRITE_TIMEOUT_S, Connection
from datasets.indexing.vector_store.engine import DATABASE, kept_in
from datasets.indexing.vector_store.entities import ALL_FIELDS, Entity, new_and_changed
from datasets.indexing.vector_store.locks import folder_lock
from datasets.indexing.vector_store.probe import process_behind

logger = logging.getLogger(__name__)

# Several times what the largest batch takes, with the journal of it.
LEAST_ROOM = 16 * 1024 * 1024
# Somebody who deletes or makes a collection may be writing the pages that are looked at.
LOOKS, BETWEEN_LOOKS_S = 5, 0.1


def write_carefully(connection: Connection, folder: Path, collection: str, entities: Sequence[Entity]) -> None:
    """Write what is not there yet and replace only what differs, one writer of the engine's folder at a time.

    The engine's upsert first deletes and then inserts. Killed in between it loses rows that had been acknowledged,
    readers meanwhile find none, and two at once leave each row twice, which nothing shows but the count.
    """
    expression = filters.with_chunk_ids(entity["chunk_id"] for entity in entities)
    with only_writer(folder):
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
                insist_on_disk(folder, collection, {entity["chunk_id"] for entity in batch})


@contextmanager
def only_writer(folder: Path) -> Iterator[None]:
    """Be the only one who writes rows, on a disk that has room for them."""
    try:
        with folder_lock(folder, WRITE_TIMEOUT_S):
            if shutil.disk_usage(kept_in(folder)).free < LEAST_ROOM:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            yield
    except OSError as error:
        raise VectorStoreUnavailable(f"The embedded vector store cannot be written: {error}") from error


def insist_on_disk(folder: Path, collection: str, chunk_ids: set[str]) -> None:
    """See that the engine has kept the rows it acknowledged last: on a full disk it has them in memory alone.

    Then it is ended, to come back with what it kept; else it would go on to take the others for stored.
    """
    database = kept_in(folder) / DATABASE
    for _ in range(LOOKS):
        if not database.exists() or chunk_ids <= newest_on_disk(database, collection, len(chunk_ids)):
            return
        time.sleep(BETWEEN_LOOKS_S)
    logger.warning("The vector engine could not keep what it had acknowledged, and is ended to forget it.")
    if pid := process_behind(folder / "engine.sock"):
        os.kill(pid, signal.SIGKILL)
    raise OSError(errno.ENOSPC, "what was acknowledged is not on disk")


def newest_on_disk(database: Path, collection: str, count: int) -> set[Any]:
    """Return the ids of the rows that were added last, read past the engine's locks, on which it would fail to wait."""
    # Not a plain `mode=ro`: a reader's lock makes the engine's next write fail.
    newest = f'SELECT milvus_id FROM "{collection}" ORDER BY id DESC LIMIT ?'
    try:
        with closing(sqlite3.connect(f"{database.resolve().as_uri()}?mode=ro&immutable=1", uri=True)) as connection:
            return {id for (id,) in connection.execute(newest, [count])}
    except sqlite3.Error:
        return set()
