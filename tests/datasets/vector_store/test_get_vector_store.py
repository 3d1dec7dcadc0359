"""The one door to the vector store, as the settings have it."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from datasets.errors import VectorStoreUnavailable
from datasets.indexing import vector_store
from datasets.indexing.vector_store import get_vector_store
from tests.support.engine import running_engine, short_folder


@pytest.fixture(autouse=True)
def _no_stores_kept(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(vector_store, "_stores", {})
    yield
    for store in vector_store._stores.values():
        store.close()


def test_all_threads_share_one_store(settings: Any) -> None:
    settings.VECTOR_STORE_URI = "http://milvus.example"

    with ThreadPoolExecutor(16) as pool:
        stores = set(pool.map(lambda _: get_vector_store(), range(64)))

    assert len(stores) == 1


def test_another_address_is_another_store(settings: Any) -> None:
    settings.VECTOR_STORE_URI = "http://milvus.example"
    first = get_vector_store()

    settings.VECTOR_STORE_URI = "http://other.example"

    assert get_vector_store() is not first


def test_without_an_address_it_is_the_engine_of_the_data_folder(settings: Any) -> None:
    with running_engine() as engine:
        settings.VECTOR_STORE_URI = ""
        settings.DATA_DIR = Path(engine.uri.removeprefix("unix:")).parents[1]

        get_vector_store().ping(timeout_s=5)

        assert get_vector_store().count("fltr_not_made") == 0


def test_an_engine_that_does_not_run_is_unavailable(settings: Any) -> None:
    with short_folder() as folder:
        settings.VECTOR_STORE_URI = ""
        settings.DATA_DIR = folder

        with pytest.raises(VectorStoreUnavailable):
            get_vector_store().ping(timeout_s=5)
