import uuid
from collections.abc import Iterator

import pytest

from datasets.indexing.vector_store.base import VectorStore
from datasets.indexing.vector_store.engine import Engine
from datasets.indexing.vector_store.milvus import MilvusStore
from tests.datasets.vector_store.memory import MemoryStore
from tests.datasets.vector_store.rows import COLLECTION, DIMENSION


@pytest.fixture(scope="session")
def milvus_store(vector_engine: Engine) -> Iterator[VectorStore]:
    store = MilvusStore(vector_engine.uri)
    store.ensure_collection(COLLECTION, DIMENSION)
    yield store
    store.close()


@pytest.fixture(scope="session")
def memory_store() -> VectorStore:
    store = MemoryStore()
    store.ensure_collection(COLLECTION, DIMENSION)
    return store


@pytest.fixture(params=["memory_store", "milvus_store"])
def store(request: pytest.FixtureRequest) -> VectorStore:
    """Both stores in turn: whatever is promised here, the twin and Milvus keep alike."""
    store: VectorStore = request.getfixturevalue(request.param)
    return store


@pytest.fixture
def dataset_id() -> str:
    return str(uuid.uuid4())
