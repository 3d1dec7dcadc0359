"""What this room keeps outside its tables, vectors and files: how much it is, and how all of it goes."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from datasets import storage
from datasets.errors import VectorStoreUnavailable
from datasets.indexing.embeddings import COLLECTION_PREFIX
from datasets.indexing.vector_store import get_vector_store
from datasets.indexing.vector_store.engine import database_file, remove_database

PING_TIMEOUT_S = 1.0


@dataclass(frozen=True, slots=True)
class Holding:
    """One thing that is kept, and how much of it: `amount` counts `unit`s."""

    name: str
    amount: int
    unit: str


def vectors() -> list[Holding]:
    """Return our collections with their entities, or the file of an engine that is not running.

    Raises VectorStoreError where a server cannot be asked.
    """
    if not settings.VECTOR_STORE_URI and not engine_answers():
        size = size_of(database_file(settings.DATA_DIR))
        return [] if size is None else [Holding(database_file(settings.DATA_DIR).name, size, "bytes")]
    store = get_vector_store()
    return [Holding(name, store.count(name), "entities") for name in our_collections()]


def files() -> Holding:
    """Return how many files are stored here, and their size."""
    sizes = [size for path in storage.own_files() if (size := size_of(path)) is not None]
    return Holding(f"{len(sizes)} files" if len(sizes) != 1 else "1 file", sum(sizes), "bytes")


def drop_vectors() -> None:
    """Remove all vectors: our collections from a server, or the file of the engine, which must not be running."""
    if not settings.VECTOR_STORE_URI:
        remove_database(settings.DATA_DIR)
        return
    store = get_vector_store()
    for name in our_collections():
        store.drop_collection(name)


def drop_files() -> None:
    """Remove all files."""
    storage.delete_everything()


def place_of_files() -> Path:
    """Return the folder they are in."""
    return storage.root()


def our_collections() -> Iterator[str]:
    """Yield those of the store's collections that are called as ours are; a server may hold other programs' too."""
    return (name for name in get_vector_store().collections() if name.startswith(COLLECTION_PREFIX))


def engine_answers() -> bool:
    """Tell whether the embedded engine runs."""
    try:
        get_vector_store().ping(PING_TIMEOUT_S)
    except VectorStoreUnavailable:
        return False
    return True


def size_of(path: Path) -> int | None:
    """Return a file's size; None if somebody has just removed it."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return None
