"""Who has known an engine sees at once that another one answers, or that its folder was replaced."""

from pathlib import Path

from datasets.indexing.vector_store.base import VectorStore
from datasets.indexing.vector_store.engine import DATABASE
from datasets.indexing.vector_store.incarnation import incarnation_at
from datasets.indexing.vector_store.milvus import MilvusStore
from tests.datasets.vector_store.rows import COLLECTION, make_row, new_id
from tests.support.engine import running_engine


def test_an_engine_is_the_same_while_it_runs_and_is_written(milvus_store: VectorStore) -> None:
    before = milvus_store.incarnation()

    milvus_store.upsert(COLLECTION, [make_row(new_id())])

    assert milvus_store.incarnation() == before
    assert before.began_at is not None


def test_an_engine_that_was_started_again_is_another() -> None:
    with running_engine() as engine:
        store = MilvusStore(engine.uri)
        before = store.incarnation()

        engine.stop()
        assert store.incarnation().began_at is None
        engine.start()
        engine.wait_ready(30)

        assert store.incarnation() not in (before, type(before)())


def test_a_database_that_was_replaced_under_its_engine_is_another(tmp_path: Path) -> None:
    socket = tmp_path / "engine.sock"
    for name in (socket.name, DATABASE, "copy"):
        (tmp_path / name).touch()
    before = incarnation_at(socket)

    (tmp_path / "copy").replace(tmp_path / DATABASE)

    assert incarnation_at(socket) != before


def test_so_is_one_whose_socket_lies_elsewhere_since_its_path_is_long(tmp_path: Path) -> None:
    (tmp_path / "vectors").mkdir()
    (tmp_path / "short").mkdir()
    (tmp_path / "short" / "vectors").symlink_to(tmp_path / "vectors")
    socket = tmp_path / "short" / "engine.sock"
    for path in (socket, tmp_path / "vectors" / DATABASE, tmp_path / "copy"):
        path.touch()
    before = incarnation_at(socket)

    (tmp_path / "copy").replace(tmp_path / "vectors" / DATABASE)

    assert incarnation_at(socket) != before


def test_of_a_server_nothing_can_be_told() -> None:
    assert MilvusStore("http://127.0.0.1:1").incarnation().began_at is None
