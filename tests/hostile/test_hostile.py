"""Everything at once and on purpose, against a whole instance on PostgreSQL: `make hostile`.

While each attack runs, an honest client from another address, and once from the same, is answered, and nearly as soon
as when it is quiet; five seconds later nothing of the attack is left. It measures, so it is no part of the suite.
"""

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.support import hostile
from tests.support.engine import short_folder, wait_until
from tests.support.forwarding import Forwarder
from tests.support.hostile import Honest, Victim, calls_of
from tests.support.instance import WEB, Instance, instance_in
from tests.support.scratch import Scratch, scratch_databases
from tests.support.threads import at_once

pytestmark = [pytest.mark.hostile, pytest.mark.postgresql]

ROWS, PEOPLE, STREAMS = 30_000, 50, 1_000
ROUNDS = 20
# Below this, machines differ by more than services do.
FLOOR_S = 0.02
TIMES_SLOWER, AT_ONCE_S, BACK_WITHIN_S, TIDY_WITHIN_S = 5, 0.1, 2.0, 5.0
QUERY = {"query": "some words", "mode": "keyword"}
PREPARE = f"""
from datetime import UTC, datetime, timedelta
from authbridge.services.development import ensure_user, issue_session
from credits.models import CreditTransaction
from credits.services import add_credits
from datasets.models import Dataset, Document, ProcessingJob
developer = ensure_user()
add_credits(user_id=developer.id, amount=100_000, type="bonus", idempotency_key="attack")
now = datetime.now(UTC)
rich = ensure_user(email="p0@example.com", name="P")
CreditTransaction.objects.bulk_create([
    CreditTransaction(user_id=rich.id, account_type="user", account_id=rich.id, amount=0, type="bonus",
                      metadata="x" * 200, created_at=now - timedelta(seconds=number)) for number in range({ROWS})
], batch_size=2000)
for number in range({PEOPLE}):
    user = ensure_user(email=f"p{{number}}@example.com", name="P")
    dataset = Dataset.objects.create(owner=user, name="D", slug=f"d{{number}}", embedding_dimension=1,
                                     collection_name="none", lifecycle="active")
    document = Document.objects.create(dataset=dataset, filename="x.txt", file_size=1, lifecycle="active")
    job = ProcessingJob.objects.create(dataset=dataset, document=document, status="queued",
                                       run_after=now + timedelta(days=9))
    print("PERSON", issue_session(email=user.email).token, job.id)
"""


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scratch]:
    with scratch_databases(tmp_path_factory.mktemp("hostile")) as scratch:
        yield scratch


@pytest.fixture(scope="module")
def way() -> Iterator[Forwarder]:
    """The way to the databases, to be cut."""
    folder = os.environ["DATABASE_URL"].partition("host=")[2]
    way = Forwarder(folder)
    yield way
    way.cut()


@pytest.fixture(scope="module")
def instance(scratch: Scratch, way: Forwarder) -> Iterator[Instance]:
    urls = {
        name: f"postgresql://postgres@127.0.0.1:{way.port}/{scratch.names[alias]}"
        for alias, name in (("default", "DATABASE_URL"), ("auth", "AUTH_DATABASE_URL"))
    }
    with short_folder() as folder:
        settings = {"RATE_LIMITS": "off", "DEV_USER": "1", "WITH_AUTH_TABLES": "1", **urls}
        with instance_in(folder, **settings) as instance:
            instance.start()
            yield instance


@pytest.fixture(scope="module")
def victim(instance: Instance) -> Victim:
    hostile.allow_descriptors(20_000)
    victim = Victim(instance.port, instance.token())
    assert victim.call("/api/v1/datasets", "POST", {"name": "Watched"})[0] == 201
    _, document = victim.call("/api/v1/datasets/watched/documents", "POST", {"content": "Some words."})
    path = f"/api/v1/datasets/watched/documents/{document['document_id']}"
    wait_until(lambda: victim.call(path)[1]["status"] == "ready")
    return victim


@pytest.fixture(scope="module")
def people(scratch: Scratch, victim: Victim) -> list[tuple[Victim, str]]:
    """Others with an account, each with a job that waits; and many rows in the ledger."""
    lines = scratch.manage("shell", "-v0", "-c", PREPARE).splitlines()
    words = [line.split() for line in lines if line.startswith("PERSON")]
    return [(Victim(victim.port, token), job_id) for _, token, job_id in words]


@pytest.fixture(scope="module")
def quiet(victim: Victim, people: Any) -> Honest:
    """How it is when nobody attacks."""
    # Pools and threads are as many then as they will ever be.
    at_once(lambda number: calls_of(victim, rounds=10), 24)
    with event_streams_of(people[:40], 400):
        calls_of(victim, rounds=1)
    honest = honest_calls(victim)
    report("quiet", honest, honest)
    return honest


def honest_calls(victim: Victim, source: str = "127.0.0.1") -> Honest:
    """Ask for balance, health and life, and ask a question."""
    honest = calls_of(victim, rounds=ROUNDS, source=source)
    for _ in range(ROUNDS):
        began = time.monotonic()
        honest.statuses.append(victim.call("/api/v1/datasets/watched/query", "POST", QUERY, source)[0])
        honest.seconds.append(time.monotonic() - began)
    return honest


def report(name: str, honest: Honest, quiet: Honest) -> None:
    ratio = honest.p95 / max(quiet.p95, FLOOR_S)
    sys.stdout.write(f"\n{name}: p95 {honest.p95 * 1000:.1f} ms, {ratio:.2f} of quiet, {len(honest.statuses)} calls\n")


@contextmanager
def event_streams_of(people: list[tuple[Victim, str]], count: int) -> Iterator[None]:
    """Open so many streams, as many for each of these people."""
    with ExitStack() as stack:
        clients = [
            client
            for person, job_id in people
            for client in stack.enter_context(hostile.event_streams(person, job_id, count // len(people)))
        ]
        assert [client.recv(12) for client in clients] == [b"HTTP/1.1 200"] * count
        yield


ATTACKS: dict[str, Callable[[Victim, list[tuple[Victim, str]]], AbstractContextManager[Any]]] = {
    "500 bodies that dribble": lambda victim, people: hostile.slow_bodies(victim, 500),
    "500 headers without end": lambda victim, people: hostile.slow_headers(victim, 500),
    "3,000 idle connections": lambda victim, people: hostile.idle(victim, 3_000),
    "100 exports that nobody reads": lambda victim, people: hostile.unread_exports(people[0][0], 100),
    "1,000 event streams": lambda victim, people: event_streams_of(people, STREAMS),
}


@pytest.mark.parametrize("source", ["127.0.0.2", "127.0.0.1"], ids=["another address", "the same address"])
@pytest.mark.parametrize("attack", ATTACKS)
def test_an_honest_client_is_answered_meanwhile(
    instance: Instance, victim: Victim, people: Any, quiet: Honest, attack: str, source: str
) -> None:
    before = left_by(instance)

    with ATTACKS[attack](victim, people):
        honest = honest_calls(victim, source)

    report(attack, honest, quiet)
    assert set(honest.statuses) == {200}
    assert honest.p95 < TIMES_SLOWER * max(quiet.p95, FLOOR_S)
    wait_until(lambda: left_by(instance) <= before + 4, TIDY_WITHIN_S)
    assert "Traceback" not in instance.output


def left_by(instance: Instance) -> int:
    """Return how many descriptors and threads the web process has."""
    [pid] = instance.pids_of(WEB)
    process = Path(f"/proc/{pid}")
    return len(os.listdir(process / "fd")) + len(list((process / "task").iterdir()))


def test_without_a_database_everybody_is_told_at_once(
    instance: Instance, victim: Victim, quiet: Honest, way: Forwarder
) -> None:
    written_before = len(instance.output.splitlines())
    way.cut()
    try:
        # The first meets it, and the others are told what it met.
        assert victim.call("/api/v1/credits/balance")[0] == 503
        answers = []
        for _ in range(50):
            began = time.monotonic()
            status, body = victim.call("/api/v1/credits/balance")
            answers.append((status, body["code"]))
            assert time.monotonic() - began < AT_ONCE_S
            assert victim.call("/health/live")[0] == 200
            time.sleep(0.2)
        assert set(answers) == {(503, "service_unavailable")}
    finally:
        way.mend()
    wait_until(lambda: victim.call("/api/v1/credits/balance")[0] == 200, BACK_WITHIN_S)

    honest = honest_calls(victim)

    report("after an outage", honest, quiet)
    assert set(honest.statuses) == {200}
    assert honest.p95 < TIMES_SLOWER * max(quiet.p95, FLOOR_S)
    lines = [line for line in instance.output.splitlines() if "answer" in line and "The database" in line]
    # In the web process, and in the worker if it asked meanwhile; of two databases; that it went, and that it is back.
    assert 4 <= len(lines) <= 8, lines
    assert "Traceback" not in instance.output
    # Each second at most one of each reason.
    assert len(instance.output.splitlines()) - written_before < 60, instance.output


def test_an_export_whose_database_ends_looks_cut(victim: Victim, people: Any, way: Forwarder) -> None:
    with hostile.unread_exports(people[0][0], 1) as [client]:
        begun = client.recv(1_000)
        way.cut()
        time.sleep(0.5)
        try:
            rest = hostile.read_to_end(client)
        except ConnectionResetError:
            rest = b""
    way.mend()

    assert begun.startswith(b"HTTP/1.1 200")
    assert not rest.endswith(b"0\r\n\r\n")
    assert rest.count(b"\n") < ROWS
    wait_until(lambda: victim.call("/api/v1/credits/balance")[0] == 200, 10)
