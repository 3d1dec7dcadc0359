"""What this room runs on: the embedding model, the vector store, and the engine that `serve` runs for it.

Importing this is cheap, and so is asking whether the store is there: the model and Milvus' client take a second each.
"""

from contextlib import suppress

from django.conf import settings

from datasets.errors import VectorStoreError
from datasets.indexing.vector_store import get_vector_store
from datasets.indexing.vector_store.engine import Engine


def load_model() -> None:
    """Load the embedding model."""
    from datasets.indexing.embeddings import get_embedder

    get_embedder()


def open_vector_store() -> None:
    """Load Milvus' client and connect it, by a question that has no answer."""
    with suppress(VectorStoreError):  # It may come up later; until then /health says so.
        get_vector_store().count("nothing")


def ping_vector_store(timeout_s: float) -> None:
    """Return if the vector store answers in time, else raise VectorStoreError."""
    get_vector_store().ping(timeout_s)


def vector_store_version() -> str:
    """Return what the vector store says it is. Raises VectorStoreError."""
    return get_vector_store().version()


def engine_to_run() -> Engine | None:
    """Return the engine that this machine is to run, not started yet; None where a server keeps the vectors."""
    return None if settings.VECTOR_STORE_URI else Engine(settings.DATA_DIR)
