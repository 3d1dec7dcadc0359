"""Nobody who is slow, silent or many keeps others from being answered: the short form of `make hostile`."""

import os
import socket
import sqlite3
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support import hostile
from tests.support.engine import short_folder, wait_until
from tests.support.hostile import Victim, calls_of
from tests.support.instance import WEB, Instance, instance_in, on_embedded_databases

pytestmark = on_embedded_databases

ROWS = 20_000
EACH_ANSWERED = {200}


@pytest.fixture(scope="module")
def instance():
    """One instance for all tests here, which leave it healthy."""
    with short_folder() as folder, instance_in(folder, RATE_LIMITS="off") as instance:
        instance.start()
        yield instance


@pytest.fixture(scope="module")
def victim(instance: Instance) -> Victim:
    hostile.allow_descriptors(4_096)
    return Victim(instance.port, instance.token())


@pytest.fixture(scope="module")
def many_rows(instance: Instance) -> int:
    """Transactions enough that their file does not fit into any buffer between."""
    with sqlite3.connect(instance.data_dir / "fltr_auth.sqlite3") as database:
        [user_id] = database.execute("SELECT id FROM users").fetchone()
        database.executemany(
            "INSERT INTO credit_transactions"
            " (id, user_id, account_type, account_id, amount, type, metadata, created_at)"
            " VALUES (?, ?, 'user', ?, 0, 'bonus', ?, ?)",
            (
                (str(uuid.uuid4()), user_id, user_id, f'"{"x" * 200}"', f"2026-01-01 00:{number // 60 % 60:02}:00")
                for number in range(ROWS)
            ),
        )
    return ROWS


@pytest.fixture(scope="module")
def waiting_job(instance: Instance, victim: Victim) -> str:
    """A job that no worker takes."""
    victim.call("/api/v1/datasets", "POST", {"name": "Watched"})
    _, document = victim.call("/api/v1/datasets/watched/documents", "POST", {"content": "Some words."})
    path = f"/api/v1/datasets/watched/documents/{document['document_id']}"
    wait_until(lambda: victim.call(path)[1]["status"] == "ready")
    [job] = victim.call("/api/v1/datasets/watched/jobs")[1]["jobs"]
    with sqlite3.connect(instance.data_dir / "fltr.sqlite3") as database:
        database.execute("UPDATE processing_jobs SET status = 'queued', run_after = '2090-01-01', finished_at = NULL")
    return str(job["id"])


def descriptors_of(instance: Instance) -> int:
    """Return how many descriptors the web process has."""
    [pid] = instance.pids_of(WEB)
    return len(os.listdir(f"/proc/{pid}/fd"))


def threads_of(instance: Instance) -> int:
    [pid] = instance.pids_of(WEB)
    return len(list(Path(f"/proc/{pid}/task").iterdir()))


@pytest.mark.parametrize("source", ["127.0.0.1", "127.0.0.2"])
def test_bodies_that_dribble_hold_nobody_up(victim: Victim, source: str) -> None:
    with hostile.slow_bodies(victim, 64):
        honest = calls_of(victim, rounds=5, source=source)

    assert set(honest.statuses) == EACH_ANSWERED


def test_headers_that_never_end_hold_nobody_up(victim: Victim) -> None:
    with hostile.slow_headers(victim, 64):
        assert set(calls_of(victim, rounds=5).statuses) == EACH_ANSWERED


def test_more_connections_than_there_is_room_for_shut_nobody_out(victim: Victim) -> None:
    with hostile.idle(victim, 1_500):
        assert set(calls_of(victim, rounds=5, source="127.0.0.1").statuses) == EACH_ANSWERED
        assert set(calls_of(victim, rounds=5, source="127.0.0.2").statuses) == EACH_ANSWERED


def test_files_that_nobody_reads_hold_no_thread_and_no_connection(victim: Victim, many_rows: int) -> None:
    with hostile.unread_exports(victim, 32):
        assert set(calls_of(victim, rounds=5).statuses) == EACH_ANSWERED


def test_a_file_is_whole_for_who_reads_it(victim: Victim, many_rows: int) -> None:
    status, content = victim.call("/api/v1/credits/transactions?format=csv&type=bonus")

    assert status == 200
    assert content.endswith(b"\r\n0\r\n\r\n")
    assert content.count(b"2026-01-01T00:") == many_rows


def test_event_streams_hold_nobody_up_and_one_account_has_twenty(victim: Victim, waiting_job: str) -> None:
    with hostile.event_streams(victim, waiting_job, 24) as clients:
        honest = calls_of(victim, rounds=5)
        begun = [client.recv(12) for client in clients]

    assert set(honest.statuses) == EACH_ANSWERED
    assert sorted(begun) == [b"HTTP/1.1 200"] * 20 + [b"HTTP/1.1 429"] * 4


@contextmanager
def an_event_stream(victim: Victim, job_id: str) -> Iterator[socket.socket]:
    """Watch a job; the places of streams that a test has left are free a moment later."""
    ends_at = time.monotonic() + 10
    while True:
        with hostile.event_streams(victim, job_id, 1) as [client]:
            if client.recv(12) == b"HTTP/1.1 200":
                yield client
                return
        assert time.monotonic() < ends_at


def test_an_event_stream_tells_what_becomes_of_the_job(instance: Instance, victim: Victim, waiting_job: str) -> None:
    with an_event_stream(victim, waiting_job) as client:
        while b'"queued"' not in client.recv(65536):
            pass
        assert victim.call(f"/api/v1/jobs/{waiting_job}/cancel", "POST", {})[0] == 200
        rest = hostile.read_to_end_of_answer(client)

    assert b'"cancelled"' in rest


def test_a_body_that_is_broken_off_is_not_taken_for_whole(victim: Victim) -> None:
    body = b'{"name": "Never"}'
    head = victim.head("POST", "/api/v1/datasets", "Content-Type: application/json", "Content-Length: 50")
    with victim.connect() as client:
        client.sendall(head + body)

    with victim.connect() as client:
        client.sendall(victim.head("POST", "/api/v1/datasets", "Transfer-Encoding: chunked") + b"11\r\n" + body)

    _, listed = victim.call("/api/v1/datasets")
    assert "Never" not in [each["name"] for each in listed["datasets"]]


def test_nothing_is_left_over(instance: Instance, victim: Victim, waiting_job: str, many_rows: int) -> None:
    calls_of(victim, rounds=1)
    before = descriptors_of(instance), threads_of(instance)

    with hostile.slow_bodies(victim, 20), hostile.unread_exports(victim, 20), hostile.idle(victim, 20):
        calls_of(victim, rounds=1)

    # How soon is for `make hostile` to say; this machine may be busy.
    ends_at = time.monotonic() + 60
    while descriptors_of(instance) > before[0] + 2 and time.monotonic() < ends_at:
        time.sleep(0.1)
    assert descriptors_of(instance) <= before[0] + 2
    assert threads_of(instance) <= before[1] + 1
    assert "Traceback" not in instance.output
