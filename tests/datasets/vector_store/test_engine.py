"""The engine's process: there when it should be, never twice, gone when its launcher is."""

import os
import signal
import socket
import stat
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from datasets.errors import VectorStoreError, VectorStoreUnavailable
from datasets.indexing.vector_store import engine as engine_module
from datasets.indexing.vector_store.embedded import newest_on_disk
from datasets.indexing.vector_store.engine import (
    DATABASE,
    MAX_SOCKET_PATH_BYTES,
    Engine,
    EngineError,
    default_uri,
    kept_in,
)
from datasets.indexing.vector_store.milvus import MilvusStore
from datasets.indexing.vector_store.probe import probe
from tests.datasets.vector_store.rows import COLLECTION, DIMENSION, make_row
from tests.support.engine import (
    PROJECT,
    is_running,
    launcher_elsewhere,
    running_engine,
    short_folder,
    suspend,
    wait_until,
)


@pytest.fixture
def folder() -> Iterator[Path]:
    with short_folder() as path:
        yield path


def kill(engine: Engine) -> None:
    assert engine.pid is not None
    os.kill(engine.pid, signal.SIGKILL)
    wait_until(lambda: engine.poll() is not None)


def test_a_started_engine_answers_at_the_address_every_process_computes(folder: Path) -> None:
    with running_engine(folder) as engine:
        probe(default_uri(folder), timeout_s=5)

        assert engine.uri == default_uri(folder)
        assert engine.poll() is None


def test_starting_a_running_engine_again_changes_nothing(folder: Path) -> None:
    with running_engine(folder) as engine:
        before = engine.pid

        engine.start()

        assert engine.pid == before


def test_a_killed_engine_is_noticed_and_can_be_started_again(folder: Path) -> None:
    with running_engine(folder) as engine:
        kill(engine)
        with pytest.raises(VectorStoreUnavailable):
            probe(engine.uri, timeout_s=5)

        engine.start()

        engine.wait_ready(30)
        assert engine.poll() is None


def test_a_stopped_engine_leaves_no_process_and_no_socket(folder: Path) -> None:
    with running_engine(folder) as engine:
        pid = engine.pid

        engine.stop()
        engine.stop()

        assert not is_running(pid or 0)
        assert not Path(engine.uri.removeprefix("unix:")).exists()


def test_a_hung_engine_is_stopped_by_force(folder: Path) -> None:
    with running_engine(folder) as engine:
        pid = engine.pid or 0
        suspend(pid)

        engine.stop(timeout_s=0.1)

        assert not is_running(pid)


def test_a_second_launcher_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_module, "ORPHAN_PATIENCE_S", 0.1)
    with running_engine(folder) as engine:
        with pytest.raises(EngineError, match="Another instance"):
            Engine(folder).start()

        probe(engine.uri, timeout_s=5)


def test_a_launcher_in_another_process_is_respected(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_module, "ORPHAN_PATIENCE_S", 0.1)
    with launcher_elsewhere(folder) as (_, engine_pid):
        with pytest.raises(EngineError, match="Another instance"):
            Engine(folder).start()

        assert is_running(engine_pid)


def test_an_orphaned_engine_leaves(folder: Path) -> None:
    with launcher_elsewhere(folder) as (launcher_pid, engine_pid):
        os.kill(launcher_pid, signal.SIGKILL)

        wait_until(lambda: not is_running(engine_pid))


def test_a_new_launcher_lets_the_orphan_leave_first(folder: Path) -> None:
    with launcher_elsewhere(folder) as (launcher_pid, orphan_pid):
        os.kill(launcher_pid, signal.SIGKILL)

        with running_engine(folder) as engine:
            assert not is_running(orphan_pid)
            assert engine.poll() is None


def test_no_second_engine_starts_beside_an_orphan_that_hangs(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_module, "ORPHAN_PATIENCE_S", 0.1)
    with launcher_elsewhere(folder) as (launcher_pid, orphan_pid):
        suspend(orphan_pid)
        os.kill(launcher_pid, signal.SIGKILL)

        try:
            with pytest.raises(EngineError, match="Another instance"):
                Engine(folder).start()
        finally:
            os.kill(orphan_pid, signal.SIGCONT)


def test_what_a_crash_left_behind_is_healed(folder: Path) -> None:
    (folder / "vectors").mkdir()
    for name in ("engine.lock", "engine.alive", "engine.log"):
        (folder / "vectors" / name).write_text("4711\n")
    with socket.socket(socket.AF_UNIX) as stale:
        stale.bind(default_uri(folder).removeprefix("unix:"))

    with running_engine(folder) as engine:
        assert engine.poll() is None


def test_a_deep_data_folder_gets_a_short_socket(folder: Path) -> None:
    deep = folder / ("deep" * 30)
    deep.mkdir()

    with running_engine(deep) as engine:
        path = Path(engine.uri.removeprefix("unix:"))
        assert len(os.fsencode(path)) <= MAX_SOCKET_PATH_BYTES
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
        assert computed_elsewhere(deep, TMPDIR=str(folder)) == engine.uri

    assert not path.parent.exists()


def computed_elsewhere(data_dir: Path, **environment: str) -> str:
    code = (
        "import sys, pathlib, datasets.indexing.vector_store.engine as e;"
        " print(e.default_uri(pathlib.Path(sys.argv[1])))"
    )
    command = [sys.executable, "-c", code, str(data_dir)]
    done = subprocess.run(
        command, cwd=PROJECT, env=os.environ | environment, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_where_an_engine_with_a_short_socket_keeps_rows_is_known(folder: Path) -> None:
    deep = folder / ("deep" * 30)
    with running_engine(deep) as engine:
        store = MilvusStore(engine.uri)
        store.ensure_collection(COLLECTION, DIMENSION)
        row = make_row(str(uuid.uuid4()))
        store.upsert(COLLECTION, [row])

        place = kept_in(Path(engine.uri.removeprefix("unix:")).parent)
        assert newest_on_disk(place / DATABASE, COLLECTION, 1) == {row.chunk_id}
        store.close()


def test_a_short_socket_in_a_folder_of_somebody_else_is_refused(folder: Path) -> None:
    deep = folder / ("deep" * 30)
    place = Path(default_uri(deep).removeprefix("unix:")).parent
    place.mkdir(mode=0o700)
    place.chmod(0o777)

    try:
        with pytest.raises(EngineError, match="only this user"):
            Engine(deep).start()
    finally:
        place.rmdir()


def test_all_ways_to_write_a_folder_lead_to_one_address(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "data").mkdir()
    (folder / "link").symlink_to(folder / "data")
    monkeypatch.chdir(folder)

    addresses = {default_uri(path) for path in (folder / "data", folder / "link", Path("data"), Path("data/../data"))}

    assert len(addresses) == 1


def test_nobody_else_may_read_the_vectors(folder: Path) -> None:
    with running_engine(folder):
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) & 0o077 for path in (folder / "vectors").iterdir()}

    assert {"milvus.db", "engine.sock", "engine.lock"} <= modes.keys()
    assert stat.S_IMODE((folder / "vectors").stat().st_mode) & 0o077 == 0


def test_an_engine_that_cannot_start_is_reported(folder: Path) -> None:
    (folder / "vectors" / "milvus.db").mkdir(parents=True)
    engine = Engine(folder)
    engine.start()

    try:
        with pytest.raises(VectorStoreError, match="ended with code"):
            engine.wait_ready(30)
    finally:
        engine.stop()


def test_waiting_for_an_engine_that_hangs_ends(folder: Path) -> None:
    with running_engine(folder) as engine:
        suspend(engine.pid or 0)

        with pytest.raises(VectorStoreUnavailable):
            engine.wait_ready(0.1)

        os.kill(engine.pid or 0, signal.SIGCONT)
        engine.wait_ready(30)


def test_a_frozen_engine_does_not_answer_and_can_be_killed_and_started_again(folder: Path) -> None:
    with running_engine(folder) as engine:
        assert engine.answers()
        suspend(engine.pid or 0)
        assert not engine.answers()

        engine.kill()
        wait_until(lambda: engine.poll() is not None)
        engine.start()

        engine.wait_ready(30)
        assert engine.answers()


def test_its_log_is_cut_to_its_end_before_it_starts_and_while_it_runs(folder: Path) -> None:
    log = folder / "vectors" / "engine.log"
    log.parent.mkdir(parents=True)
    log.write_bytes(b"x" * engine_module.LARGEST_LOG_BYTES + b"The end.")
    with running_engine(folder) as engine:
        assert log.stat().st_size <= engine_module.KEPT_LOG_BYTES
        with log.open("ab") as more:
            more.write(b"y" * engine_module.LARGEST_LOG_BYTES + b"The end of all.")

        engine.answers()

    assert log.stat().st_size <= engine_module.KEPT_LOG_BYTES
    assert log.read_bytes().endswith(b"yyyThe end of all.")


def test_without_the_package_the_message_says_what_to_do(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_module, "find_spec", lambda name: None)
    engine = Engine(folder)

    try:
        with pytest.raises(EngineError, match="VECTOR_STORE_URI"):
            engine.start()
    finally:
        engine.stop()
