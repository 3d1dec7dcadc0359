"""Whatever is killed, however often: every document ends, every credit is explained, and people are answered."""

import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from tests.support import postgres
from tests.support.engine import short_folder, wait_until
from tests.support.instance import ENGINE, WEB, WORKER, Instance, instance_in
from tests.support.load import People

POSTGRESQL = "postgresql"
# The servers of the databases are killed less often: each takes seconds to come back.
VICTIMS = {WEB: 4, WORKER: 4, ENGINE: 4, POSTGRESQL: 2}
# Longer than reconcile lets a request live, and then its minute.
SETTLED_AFTER_S = 150.0
# All that was taken for queries, and all for documents that are not there, with what was given back.
TAKEN = """
    SELECT COALESCE(SUM(-c.amount - COALESCE(r.amount, 0)), 0) FROM credit_transactions c
    LEFT JOIN (SELECT refund_of, SUM(amount) AS amount FROM credit_transactions WHERE refund_of IS NOT NULL
        GROUP BY refund_of) r ON r.refund_of = c.id::text
    WHERE c.type = 'usage' AND c.operation = %s"""


@dataclass
class Service:
    """A whole instance with both databases on a PostgreSQL of its own."""

    instance: Instance
    folder: Path
    server: subprocess.Popen[str]
    auth_url: str

    def kill(self, victim: str) -> None:
        """Kill a part with -9; the server of the databases is started again, all else has to come back by itself."""
        if victim == POSTGRESQL:
            postgres.kill(self.folder / "postgres")
            postgres.restart(self.server)
        else:
            with suppress(IndexError, ProcessLookupError):
                self.instance.kill(victim)

    def manage(self, *arguments: str) -> str:
        """Run a command beside it; what it finds wrong fails the test."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments], env=self.instance.environment, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def taken(self, operation: str) -> int:
        """Return what an operation has cost in all, refunds taken off."""
        with psycopg.connect(self.auth_url) as database:
            return int(database.execute(TAKEN, [operation]).fetchone()[0])  # type: ignore[index]


@contextmanager
def service() -> Iterator[Service]:
    """Start one, for a developer with credits for all that is to come."""
    with short_folder() as folder:
        url, server = postgres.start(folder / "postgres")
        try:
            names = {"DATABASE_URL": "fltr", "AUTH_DATABASE_URL": "fltr_auth"}
            urls = {variable: postgres.with_database(url, name) for variable, name in names.items()}
            settings = {"DEV_USER": "1", "WITH_AUTH_TABLES": "1", "WELCOME_CREDITS": "1000000", "RATE_LIMITS": "off"}
            with instance_in(folder, **urls, **settings) as instance:
                instance.start()
                yield Service(instance, folder, server, urls["AUTH_DATABASE_URL"])
        finally:
            postgres.stop(server)


def kill_while_people_work(service: Service, kills: int, *, people: int, pause_s: float) -> tuple[People, Counter[str]]:
    """Kill one part after the other beside people who call; return them, all answered, and what was killed."""
    chance = random.Random(kills)
    guests = People(service.instance.port, service.instance.token())
    threads = guests.start(people)
    killed: Counter[str] = Counter()
    for _ in range(kills):
        time.sleep(chance.uniform(0, 2 * pause_s))
        victim = chance.choices([*VICTIMS], weights=[*VICTIMS.values()])[0]
        service.kill(victim)
        killed[victim] += 1
    guests.leave(threads)
    return guests, killed


def all_have_ended(service: Service, guests: People) -> bool:
    """Tell whether each document that was taken and not deleted is ready."""
    documents = {
        row["document_id"]: row["status"]
        for row in pages(guests, f"/datasets/{guests.dataset}/documents?limit=100", "documents")
    }
    return {documents.get(id) for id in guests.documents - guests.deleted} <= {"ready"}


def pages(guests: People, path: str, plural: str) -> Iterator[dict[str, str]]:
    """Yield all rows of a list."""
    offset = 0
    while True:
        status, answer = guests.call("GET", f"{path}&offset={offset}")
        assert status == 200, answer
        yield from answer[plural]
        offset += len(answer[plural])
        if not answer[plural] or offset >= answer["total"]:
            return


def prove(service: Service, guests: People) -> None:
    """See that nothing was lost, doubled or left unexplained."""
    assert guests.unanswered == []
    assert guests.refused == Counter()
    wait_until(lambda: all_have_ended(service, guests), 120)
    time.sleep(SETTLED_AFTER_S)
    service.manage("reconcile")
    for proof in ("verify_ledger", "verify_crossing", "verify_index"):
        service.manage(proof)
    assert service.taken("hybrid_query") == 2 * guests.answered["query"]
    present = pages(guests, f"/datasets/{guests.dataset}/documents?limit=100", "documents")
    assert {row["document_id"] for row in present} == guests.documents - guests.deleted


@pytest.mark.chaos
def test_two_hundred_kills_lose_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with service() as whole:
        guests, killed = kill_while_people_work(whole, 200, people=4, pause_s=1.0)
        prove(whole, guests)
        with capsys.disabled():
            sys.stdout.write(f"\nkilled {dict(killed)}, answered {dict(guests.answered)}\n")
        assert whole.instance.press_ctrl_c() == 0
        assert whole.instance.left_behind() == []
