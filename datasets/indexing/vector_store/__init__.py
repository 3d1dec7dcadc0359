"""Where chunks and their vectors live. Ask `get_vector_store` for it; the contract is in `base`."""

import os
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datasets.indexing.vector_store.base import VectorStore

_lock = threading.Lock()
_stores: "dict[tuple[str, str], VectorStore]" = {}


def get_vector_store() -> "VectorStore":
    """Return this process' vector store, which all its threads share."""
    from django.conf import settings

    from datasets.indexing.vector_store.engine import default_uri
    from datasets.indexing.vector_store.milvus import MilvusStore

    uri = settings.VECTOR_STORE_URI or default_uri(settings.DATA_DIR)
    address = (uri, settings.VECTOR_STORE_TOKEN)
    with _lock:
        if address not in _stores:
            _stores[address] = MilvusStore(*address)
        return _stores[address]


def _forget_after_fork() -> None:
    # A forked child can use neither the parent's connections nor a lock that another thread held at that moment.
    global _lock
    _lock = threading.Lock()
    _stores.clear()


os.register_at_fork(after_in_child=_forget_after_fork)
