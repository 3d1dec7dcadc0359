"""When Milvus is killed, hangs or is not there: errors in bounded time, and nothing acknowledged is lost."""

import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from authbridge.shared.unwritable import has_no_room
from datasets.errors import VectorStoreError, VectorStoreUnavailable
from datasets.indexing.vector_store import embedded
from datasets.indexing.vector_store.base import VectorStore
from datasets.indexing.vector_store.engine import Engine
from datasets.indexing.vector_store.milvus import MilvusStore
from tests.datasets.vector_store.rows import COLLECTION, DIMENSION, EAST, make_row, vector
from tests.support.disks import fill, small_disk
from tests.support.engine import running_engine, short_folder, suspend, wait_until

# Not a measure of speed: only what tells a slow answer from a call that hangs.
HANGS_S = 60
THREADS = 16


@pytest.fixture
def engine() -> Iterator[Engine]:
    """An engine of its own for a test that harms it."""
    with running_engine() as engine:
        yield engine


@pytest.fixture
def filled(engine: Engine, dataset_id: str) -> Iterator[MilvusStore]:
    """A client of that engine, with one chunk in it."""
    store = MilvusStore(engine.uri)
    store.ensure_collection(COLLECTION, DIMENSION)
    store.upsert(COLLECTION, [make_row(dataset_id)])
    yield store
    store.close()


def kill(engine: Engine) -> None:
    os.kill(engine.pid or 0, signal.SIGKILL)
    wait_until(lambda: engine.poll() is not None)


def restart(engine: Engine) -> None:
    engine.start()
    engine.wait_ready(30)


def errors_of_many_threads(call: Callable[[], object]) -> list[BaseException | None]:
    with ThreadPoolExecutor(THREADS) as pool:
        calls = [pool.submit(call) for _ in range(THREADS)]
        return [submitted.exception(timeout=HANGS_S) for submitted in calls]


def answers(call: Callable[[], object]) -> bool:
    try:
        call()
    except VectorStoreUnavailable:
        return False
    return True


def operations(store: VectorStore, dataset_id: str) -> list[Callable[[], object]]:
    row = make_row(dataset_id)
    return [
        lambda: store.ensure_collection(COLLECTION, DIMENSION),
        lambda: store.upsert(COLLECTION, [row]),
        lambda: store.search_dense(COLLECTION, dataset_id=dataset_id, vector=vector(EAST), limit=5),
        lambda: store.search_keyword(COLLECTION, dataset_id=dataset_id, text="dog", limit=5),
        lambda: store.fetch(COLLECTION, [row.chunk_id]),
        lambda: store.document_chunks(COLLECTION, document_id=row.document_id, version=1, start=0, stop=5),
        lambda: store.delete_document(COLLECTION, document_id=row.document_id),
        lambda: store.delete_dataset(COLLECTION, dataset_id=dataset_id),
        lambda: store.count(COLLECTION),
        lambda: store.ping(1),
    ]


def test_every_operation_says_that_nothing_is_there(dataset_id: str) -> None:
    with short_folder() as folder:
        for operation in operations(MilvusStore(f"unix:{folder}/nothing.sock"), dataset_id):
            with pytest.raises(VectorStoreUnavailable):
                operation()


def test_every_operation_says_that_the_engine_was_killed(engine: Engine, filled: MilvusStore, dataset_id: str) -> None:
    kill(engine)

    for operation in operations(filled, dataset_id):
        with pytest.raises(VectorStoreUnavailable):
            operation()


def test_many_threads_hear_of_a_killed_engine(engine: Engine, filled: MilvusStore) -> None:
    kill(engine)

    errors = errors_of_many_threads(lambda: filled.count(COLLECTION))

    assert {type(error) for error in errors} == {VectorStoreUnavailable}


def test_the_same_client_works_again_after_a_restart(engine: Engine, filled: MilvusStore, dataset_id: str) -> None:
    kill(engine)
    with pytest.raises(VectorStoreUnavailable):
        filled.count(COLLECTION)

    restart(engine)

    wait_until(lambda: answers(lambda: filled.count(COLLECTION)))
    assert len(filled.search_keyword(COLLECTION, dataset_id=dataset_id, text="dog", limit=5)) == 1
    filled.upsert(COLLECTION, [make_row(dataset_id)])
    assert filled.count(COLLECTION, dataset_id=dataset_id) == 2


def test_a_hung_engine_is_an_error_and_not_a_hang(engine: Engine, filled: MilvusStore) -> None:
    impatient = MilvusStore(engine.uri, read_timeout_s=0.5)
    wait_until(lambda: answers(lambda: impatient.count(COLLECTION)))
    suspend(engine.pid or 0)

    errors = errors_of_many_threads(lambda: impatient.count(COLLECTION))

    with pytest.raises(VectorStoreUnavailable):
        impatient.ping(timeout_s=0.2)
    os.kill(engine.pid or 0, signal.SIGCONT)
    assert {type(error) for error in errors} == {VectorStoreUnavailable}
    wait_until(lambda: answers(lambda: impatient.count(COLLECTION)))


def test_who_comes_after_one_that_was_not_answered_does_not_wait(engine: Engine, filled: MilvusStore) -> None:
    impatient = MilvusStore(engine.uri, read_timeout_s=0.5)
    wait_until(lambda: answers(lambda: impatient.count(COLLECTION)))
    suspend(engine.pid or 0)
    with pytest.raises(VectorStoreUnavailable):
        impatient.count(COLLECTION)
    impatient._connection._read_timeout_s = HANGS_S

    errors = errors_of_many_threads(lambda: impatient.count(COLLECTION))

    # Who was asked in vain did not answer; who is not asked does not answer.
    assert {str(error).partition(":")[0] for error in errors} == {"The vector store does not answer"}
    os.kill(engine.pid or 0, signal.SIGCONT)
    wait_until(lambda: answers(lambda: impatient.count(COLLECTION)))


def test_a_slow_answer_of_an_engine_that_greets_keeps_nobody_away(filled: MilvusStore, engine: Engine) -> None:
    hasty = MilvusStore(engine.uri, read_timeout_s=-1)
    with pytest.raises(VectorStoreUnavailable):
        hasty.count(COLLECTION)
    hasty._connection._read_timeout_s = HANGS_S

    assert hasty.count(COLLECTION) == 1


def test_a_server_that_never_answers_keeps_nobody_waiting_for_the_others(dataset_id: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        store = MilvusStore(f"http://127.0.0.1:{silent.getsockname()[1]}")

        errors = errors_of_many_threads(lambda: store.count(COLLECTION))

    assert {type(error) for error in errors} == {VectorStoreUnavailable}


def test_a_server_of_another_kind_is_not_taken_for_milvus() -> None:
    def refuse(server: socket.socket) -> None:
        with server.accept()[0] as connection:
            connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    with socket.create_server(("127.0.0.1", 0)) as server, ThreadPoolExecutor(1) as pool:
        pool.submit(refuse, server)

        with pytest.raises(VectorStoreUnavailable, match="not a gRPC server"):
            MilvusStore(f"http://127.0.0.1:{server.getsockname()[1]}").ping(timeout_s=5)


@pytest.mark.parametrize(
    "uri", ["", "nonsense", "http://[", "ftp://host", "http://host:99999", "data/milvus.db", "unix:/a/b.db"]
)
def test_an_address_that_is_none_is_refused(uri: str) -> None:
    with pytest.raises(VectorStoreError, match="VECTOR_STORE_URI"):
        MilvusStore(uri)


def test_a_killed_engine_loses_nothing_it_acknowledged(engine: Engine, dataset_id: str) -> None:
    """Milvus Lite 3.2 fails here: of 12,000 acknowledged rows 1,200 were left."""
    writer = MilvusStore(engine.uri)
    writer.ensure_collection(COLLECTION, DIMENSION)
    acknowledged: list[str] = []

    def write_until_killed() -> None:
        while True:
            rows = [make_row(dataset_id, chunk_index=index) for index in range(50)]
            try:
                writer.upsert(COLLECTION, rows)
            except VectorStoreUnavailable:
                return
            acknowledged.extend(row.chunk_id for row in rows)

    with ThreadPoolExecutor(4) as pool:
        writers = [pool.submit(write_until_killed) for _ in range(4)]
        wait_until(lambda: len(acknowledged) >= 2_000)
        kill(engine)
        for submitted in writers:
            submitted.result(timeout=HANGS_S)
    restart(engine)

    reader = MilvusStore(engine.uri)
    wait_until(lambda: answers(lambda: reader.count(COLLECTION)))
    assert reader.fetch(COLLECTION, acknowledged).keys() == set(acknowledged)
    assert len(reader.search_keyword(COLLECTION, dataset_id=dataset_id, text="dog", limit=16_000)) >= len(acknowledged)


def test_a_kill_while_the_same_rows_are_written_again_loses_none(
    engine: Engine, filled: MilvusStore, dataset_id: str
) -> None:
    """The engine's own upsert fails here: it deletes first, and inserts afterwards."""
    rows = [make_row(dataset_id, "A running dog " * 50, chunk_index=index) for index in range(1_000)]
    filled.upsert(COLLECTION, rows)

    def write_again_until_killed() -> None:
        while answers(lambda: filled.upsert(COLLECTION, rows)):
            continue

    for _ in range(3):
        with ThreadPoolExecutor(1) as pool:
            writer = pool.submit(write_again_until_killed)
            time.sleep(0.5)
            kill(engine)
            writer.result(timeout=HANGS_S)
        restart(engine)
        wait_until(lambda: answers(lambda: filled.count(COLLECTION)))

    assert filled.fetch(COLLECTION, [row.chunk_id for row in rows]).keys() == {row.chunk_id for row in rows}


@pytest.fixture
def on_small_disk(dataset_id: str) -> Iterator[tuple[Engine, MilvusStore, Path]]:
    """An engine on a disk of its own with one chunk in it, a client, and the disk."""
    with short_folder() as folder, small_disk(folder / "disk", 48) as disk, running_engine(disk) as engine:
        store = MilvusStore(engine.uri)
        store.ensure_collection(COLLECTION, DIMENSION)
        store.upsert(COLLECTION, [make_row(dataset_id)])
        yield engine, store, disk
        store.close()


def test_nothing_is_written_or_deleted_where_there_is_little_room(
    on_small_disk: tuple[Engine, MilvusStore, Path], dataset_id: str
) -> None:
    _, store, disk = on_small_disk
    filling = fill(disk, leave_kb=15_000)

    for write in (
        lambda: store.upsert(COLLECTION, [make_row(dataset_id)]),
        lambda: store.delete_dataset(COLLECTION, dataset_id=dataset_id),
    ):
        with pytest.raises(VectorStoreUnavailable) as caught:
            write()
        assert has_no_room(caught.value)

    assert store.count(COLLECTION) == 1
    filling.unlink()
    store.upsert(COLLECTION, [make_row(dataset_id)])
    assert store.count(COLLECTION) == 2


def test_what_a_full_disk_made_of_an_acknowledged_write_is_not_taken_for_stored(
    on_small_disk: tuple[Engine, MilvusStore, Path], dataset_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The engine acknowledges rows that it has in memory alone, and finds them until it is restarted."""
    engine, store, disk = on_small_disk
    rows = [make_row(dataset_id, "A running dog " * 50, chunk_index=index) for index in range(200)]
    monkeypatch.setattr(embedded, "LEAST_ROOM", 0)
    filling = fill(disk)

    with pytest.raises(VectorStoreUnavailable) as caught:
        store.upsert(COLLECTION, rows)

    assert has_no_room(caught.value)
    wait_until(lambda: engine.poll() is not None)
    filling.unlink()
    restart(engine)
    wait_until(lambda: answers(lambda: store.upsert(COLLECTION, rows)))
    kill(engine)
    restart(engine)
    wait_until(lambda: answers(lambda: store.count(COLLECTION)))
    assert store.fetch(COLLECTION, [row.chunk_id for row in rows]).keys() == {row.chunk_id for row in rows}


def test_deletes_survive_a_kill(engine: Engine, filled: MilvusStore, dataset_id: str) -> None:
    filled.delete_dataset(COLLECTION, dataset_id=dataset_id)
    kill(engine)
    restart(engine)

    wait_until(lambda: answers(lambda: filled.count(COLLECTION)))

    assert filled.count(COLLECTION, dataset_id=dataset_id) == 0
