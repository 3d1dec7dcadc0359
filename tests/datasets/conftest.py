"""Fixtures of the datasets room."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from datasets import storage, vector_store
from datasets.vector_store.base import VectorStore
from tests.datasets.vector_store.memory import MemoryStore
from tests.support.api import make_dataset


@pytest.fixture
def memory_vectors(settings: Any, monkeypatch: pytest.MonkeyPatch) -> VectorStore:
    """The vector store's twin in memory, for tests that are about something else."""
    settings.VECTOR_STORE_URI = "memory"
    store = MemoryStore()
    monkeypatch.setitem(vector_store._stores, ("memory", settings.VECTOR_STORE_TOKEN), store)
    return store


@pytest.fixture
def dataset(alice_client: APIClient) -> dict[str, Any]:
    """An empty private dataset of Alice's."""
    return make_dataset(alice_client)


@pytest.fixture(autouse=True)
def _no_upload_left_behind() -> Any:
    """See after every test that no upload in progress was forgotten on the disk."""
    yield
    assert not list(storage.incoming().iterdir())
