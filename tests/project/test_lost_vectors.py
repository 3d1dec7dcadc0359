"""Vectors are taken from a whole instance, which says so, takes no credits, and has them again without anybody."""

import json
import shutil
import sqlite3
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from tests.support.engine import short_folder, wait_until
from tests.support.instance import PROJECT, START_TIMEOUT_S, WORKER, Instance, instance_in, on_embedded_databases

pytestmark = on_embedded_databases
HEALS_WITHIN_S = 150


class Site:
    """An instance with a user's dataset in it."""

    def __init__(self, instance: Instance) -> None:
        self.instance = instance
        instance.start()
        self.token = instance.token()
        self.dataset = self.post("/datasets", {"name": "Library"})[1]["id"]

    @property
    def vectors(self) -> Any:
        return self.instance.data_dir / "vectors"

    def post(self, path: str, body: dict[str, Any]) -> tuple[int, Any]:
        request = urllib.request.Request(
            f"http://localhost:{self.instance.port}/api/v1{path}",
            data=json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)

    def get(self, path: str) -> Any:
        return self.instance.get(f"/api/v1{path}", self.token)

    def upload(self, *texts: str) -> None:
        for text in texts:
            assert self.post(f"/datasets/{self.dataset}/documents", {"content": text})[0] == 201
        documents = f"/datasets/{self.dataset}/documents?limit=100"
        wait_until(lambda: {each["status"] for each in self.get(documents)["documents"]} == {"ready"}, 60)

    def ask(self) -> tuple[int, Any]:
        return self.post("/mcp/query", {"query": "honey bees", "dataset_id": self.dataset})

    def ledger(self) -> tuple[int, int]:
        return self.get("/credits/transactions")["total"], self.get("/credits/balance")["credits"]

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "manage.py", *arguments]
        return subprocess.run(
            command,
            cwd=PROJECT,
            env=self.instance.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=240,
        )

    def stop(self) -> None:
        assert self.instance.press_ctrl_c() in (0, 130)
        # However slow this machine is, nothing is mended before a test has looked.
        self.let_chores_be_due("+1 day")

    def let_chores_be_due(self, when: str) -> None:
        with closing(sqlite3.connect(self.instance.data_dir / "fltr.sqlite3", timeout=30)) as database, database:
            database.execute("UPDATE chore_runs SET due_at = datetime('now', ?)", [when])

    def wait_until_whole(self) -> None:
        wait_until(lambda: self.ask()[0] == 200, HEALS_WITHIN_S)


@pytest.fixture
def site() -> Iterator[Site]:
    with short_folder() as folder, instance_in(folder) as instance:
        yield Site(instance)


def test_a_removed_folder_is_told_costs_nothing_and_comes_back_by_itself(site: Site) -> None:
    site.upload("Honey bees collect nectar.", "Trains leave the station at night.")
    found = site.ask()[1]["results"]
    assert found
    site.stop()
    shutil.rmtree(site.vectors)

    site.instance.start()
    before = site.ledger()
    status, body = site.ask()

    assert (status, body["code"], body["details"]["missing_chunks"]) == (503, "index_incomplete", 2)
    assert site.ledger() == before
    doctor = site.command("doctor", "--json")
    [red] = [each for each in json.loads(doctor.stdout)["findings"] if each["level"] == "red"]
    assert red["advice"].startswith("manage.py rebuild_vectors")
    site.let_chores_be_due("-1 minute")
    site.wait_until_whole()
    assert site.ask()[1]["results"] == found
    assert site.command("verify_index").returncode == 0


def test_an_older_copy_lacks_what_came_later(site: Site) -> None:
    site.upload("Honey bees collect nectar.")
    site.stop()
    copy = site.instance.data_dir.parent / "copy"
    shutil.copytree(site.vectors, copy, ignore=shutil.ignore_patterns("*.sock"))
    site.instance.start()
    site.upload("Trains leave the station at night.")
    site.stop()

    shutil.rmtree(site.vectors)
    shutil.copytree(copy, site.vectors)
    site.instance.start()

    assert site.ask()[1]["details"]["missing_chunks"] == 1
    assert site.command("rebuild_vectors", "--wait").stdout.endswith("0 documents left.\n")
    site.wait_until_whole()


def test_a_worker_that_is_killed_half_way_harms_nothing(site: Site) -> None:
    site.upload(*(f"Honey bees, part {part}. " + "They collect nectar. " * 3_000 for part in range(6)))
    site.stop()
    shutil.rmtree(site.vectors)
    site.instance.start()
    assert "Queued 6 documents" in site.command("rebuild_vectors", "--no-wait").stdout

    site.instance.kill(WORKER)
    wait_until(site.instance.is_healthy, START_TIMEOUT_S)

    assert site.command("rebuild_vectors", "--wait").returncode == 0
    site.wait_until_whole()
    verified = site.command("verify_index")
    assert verified.returncode == 0, verified.stdout
