"""Are the parts there, and how soon is it known."""

import os
import socket
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import connections, transaction
from django.utils import timezone
from rest_framework.test import APIClient

from datasets.queue.models import ChoreRun
from fltr_project.http import health
from fltr_project.http.health import Probe
from tests.support.disks import only_readable

pytestmark = [pytest.mark.django_db(databases="__all__"), pytest.mark.usefixtures("vector_engine")]

PARTS = ["database", "milvus", "auth_database"]
# Where the deadline is not what a test is about: a busy machine may take longer than people should wait.
PATIENCE_S = 60


def services(client: Any) -> tuple[int, dict[str, str]]:
    answer = client.get("/health")
    body = answer.json()
    assert body["status"] == ("healthy" if answer.status_code == 200 else "unhealthy")
    return answer.status_code, body["services"]


@pytest.fixture
def hanging() -> Iterator[threading.Event]:
    """An event that a probe waits for, for ever as far as the test goes."""
    event = threading.Event()
    yield event
    event.set()


def test_all_parts_are_asked(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "DEADLINE_S", PATIENCE_S)

    answer = client.get("/health")

    assert answer.status_code == 200
    assert answer.json() == {"status": "healthy", "services": dict.fromkeys(PARTS, "connected")}


@pytest.mark.parametrize("part", PARTS)
def test_the_part_that_fails_is_named(client: Any, monkeypatch: pytest.MonkeyPatch, part: str) -> None:
    def fail() -> None:
        raise OSError("password=hunter2")

    monkeypatch.setattr(health, "DEADLINE_S", PATIENCE_S)
    monkeypatch.setitem(health.PROBES, part, Probe(fail))

    answer = client.get("/health")

    assert answer.status_code == 503
    assert answer.json()["services"] == {**dict.fromkeys(PARTS, "connected"), part: "disconnected"}
    assert b"hunter2" not in answer.content


@pytest.mark.parametrize("part", PARTS)
def test_nobody_waits_for_a_part_that_hangs(
    client: Any, monkeypatch: pytest.MonkeyPatch, hanging: threading.Event, part: str
) -> None:
    monkeypatch.setattr(health, "DEADLINE_S", 0.2)
    monkeypatch.setitem(health.PROBES, part, Probe(lambda: assert_event(hanging)))

    status, found = services(client)

    assert not hanging.is_set()
    assert (status, found[part]) == (503, "disconnected")


def assert_event(event: threading.Event) -> str:
    assert event.wait(60)
    return health.CONNECTED


def test_the_deadline_leaves_time_to_answer_within_two_seconds() -> None:
    assert health.DEADLINE_S <= 1.5


def test_a_part_that_hangs_is_asked_once_at_a_time(
    client: Any, monkeypatch: pytest.MonkeyPatch, hanging: threading.Event
) -> None:
    asked = []

    def ask() -> None:
        asked.append(1)
        hanging.wait(60)

    monkeypatch.setattr(health, "DEADLINE_S", 0.1)
    monkeypatch.setitem(health.PROBES, "milvus", Probe(ask))

    for _ in range(3):
        services(client)

    assert len(asked) == 1


def test_a_part_that_is_back_is_seen(client: Any, monkeypatch: pytest.MonkeyPatch, hanging: threading.Event) -> None:
    probe = Probe(lambda: assert_event(hanging))
    monkeypatch.setitem(health.PROBES, "milvus", probe)
    monkeypatch.setattr(health, "DEADLINE_S", 0.1)
    assert services(client)[0] == 503

    hanging.set()
    probe.start().result(60)
    monkeypatch.setattr(health, "DEADLINE_S", 60)

    assert services(client)[0] == 200


@pytest.mark.parametrize("alias", ["default", django_settings.AUTH_DB])
def test_a_database_that_is_not_there_is_found_out(client: Any, monkeypatch: pytest.MonkeyPatch, alias: str) -> None:
    monkeypatch.setitem(connections.settings[alias], "NAME", "/no/such/database")

    status, found = services(client)

    assert status == 503
    assert found["database" if alias == "default" else "auth_database"] == "disconnected"


@pytest.fixture
def read_only_file(tmp_path: Path) -> Iterator[Path]:
    """An SQLite database that this process can only read."""
    path = tmp_path / "read_only.sqlite3"
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("CREATE TABLE it (is_there)")
    with only_readable(path):
        yield path


@pytest.mark.skipif(os.environ["FLTR_TEST_DB"] != "sqlite", reason="is about files")
@pytest.mark.parametrize("alias", ["default", django_settings.AUTH_DB])
def test_a_file_that_cannot_be_written_is_found_out(
    client: Any, monkeypatch: pytest.MonkeyPatch, read_only_file: Path, alias: str
) -> None:
    monkeypatch.setattr(health, "DEADLINE_S", PATIENCE_S)
    monkeypatch.setitem(connections.settings[alias], "NAME", str(read_only_file))

    status, found = services(client)

    assert status == 503
    assert found["database" if alias == "default" else "auth_database"] == "read_only"


def test_a_database_that_somebody_writes_just_now_is_well(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "DEADLINE_S", PATIENCE_S)
    with transaction.atomic(using="default"):
        ChoreRun.objects.create(name="being written", due_at=timezone.now())

        assert services(client)[0] == 200


@pytest.mark.postgresql
def test_a_server_that_takes_no_changes_is_found_out(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "DEADLINE_S", PATIENCE_S)
    options = connections.settings["default"]["OPTIONS"]
    monkeypatch.setitem(options, "options", "-c default_transaction_read_only=on")

    status, found = services(client)

    assert (status, found["database"]) == (503, "read_only")


def test_a_vector_store_that_accepts_and_never_answers_is_found_out(
    client: Any, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "DEADLINE_S", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        settings.VECTOR_STORE_URI = f"http://127.0.0.1:{listening.getsockname()[1]}"
        status, found = services(client)

    assert (status, found["milvus"]) == (503, "disconnected")


def test_a_vector_store_that_is_not_there_is_found_out(client: Any, settings: Any) -> None:
    settings.VECTOR_STORE_URI = "unix:/no/such/socket"

    status, found = services(client)

    assert (status, found["milvus"]) == (503, "disconnected")


def test_the_process_lives_whatever_else_does(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "PROBES", {})

    answer = client.get("/health/live")

    assert answer.status_code == 200


def test_health_is_for_everybody_whatever_they_send(
    anonymous_client: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "DEADLINE_S", PATIENCE_S)
    headers = {"Authorization": "Bearer nobody's", "Accept": "text/plain", "Cookie": "better-auth.session_token=x"}

    answers = [anonymous_client.get(path, headers=headers) for path in ("/health", "/health/live")]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert {answer["Content-Type"] for answer in answers} == {"application/json"}
