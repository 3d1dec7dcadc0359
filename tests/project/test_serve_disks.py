"""A file that can only be read, and a disk that is full: said in a sentence, charged for nothing, healed by itself."""

import json
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.disks import fill, only_readable, small_disk
from tests.support.engine import short_folder, wait_until
from tests.support.instance import ENGINE, PROJECT, WEB, WORKER, Instance, instance_in, on_embedded_databases

pytestmark = [pytest.mark.chaos, on_embedded_databases]

DATASETS = "/api/v1/datasets"
DISK_MB = 64


@pytest.fixture
def folder() -> Iterator[Path]:
    with short_folder() as folder:
        yield folder


def call(instance: Instance, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    """Return status and JSON of an answer, also of one that refuses; bytes are sent as multipart."""
    is_multipart = isinstance(body, bytes)
    kind = "multipart/form-data; boundary=it" if is_multipart else "application/json"
    request = urllib.request.Request(
        f"http://localhost:{instance.port}{path}",
        data=body if is_multipart or body is None else json.dumps(body).encode(),
        headers={"Authorization": f"Bearer {instance.token()}", "Content-Type": kind},
        method=method,
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as response:
            return response.status, json.load(response)
    except urllib.error.HTTPError as refused:
        return refused.code, json.load(refused)


def balance(instance: Instance) -> int:
    status, body = call(instance, "GET", "/api/v1/credits/balance")
    assert status == 200
    return int(body["credits"])


@pytest.mark.parametrize(("file", "part"), [("fltr.sqlite3", "database"), ("fltr_auth.sqlite3", "auth_database")])
def test_a_database_that_can_only_be_read_is_unhealthy_and_still_read(folder: Path, file: str, part: str) -> None:
    with instance_in(folder) as instance:
        instance.start()
        before = balance(instance)
        with only_readable(instance.data_dir / file):
            wait_until(lambda: call(instance, "GET", "/health")[1]["services"][part] == "read_only")

            status, refused = call(instance, "POST", DATASETS, {"name": "Refused"})
            assert (status, refused["code"]) == (503, "service_unavailable")
            assert refused["error"].startswith("The database takes no changes at the moment.")
            assert balance(instance) == before
            assert call(instance, "GET", DATASETS)[0] == 200

        wait_until(instance.is_healthy)
        assert call(instance, "POST", DATASETS, {"name": "Taken"})[0] == 201


def multipart(size: int) -> bytes:
    """Return a body with one file of about this size."""
    head = b'--it\r\nContent-Disposition: form-data; name="file"; filename="long.txt"\r\n\r\n'
    return head + b"A long story. " * (size // 14) + b"\r\n--it--\r\n"


def statuses(instance: Instance, documents: str) -> list[str]:
    return [row["status"] for row in call(instance, "GET", documents)[1]["documents"]]


def ledger_is_right(instance: Instance) -> bool:
    command = [sys.executable, "manage.py", "verify_ledger"]
    done = subprocess.run(command, cwd=PROJECT, env=instance.environment, capture_output=True, check=False)
    return done.returncode == 0


def test_a_disk_that_is_full_is_said_and_once_there_is_room_all_goes_on(folder: Path) -> None:
    with small_disk(folder / "data", DISK_MB) as disk, instance_in(folder, TMPDIR=str(disk)) as instance:
        instance.start()
        call(instance, "POST", DATASETS, {"name": "Filled"})
        documents = f"{DATASETS}/filled/documents"

        # There is room for a document and the databases, but not for vectors, nor for a large file on its way in.
        filling = fill(disk, leave_kb=3_000)
        assert call(instance, "POST", documents, {"content": "Water boils."})[0] == 201
        before = balance(instance)
        wait_until(lambda: "waits: there is no room left on the disk" in instance.output)
        refusals = [call(instance, "POST", documents, multipart(8_000_000))]

        # There is none for anything.
        filling.unlink()
        filling = fill(disk)
        for body in (multipart(8_000_000), multipart(500_000), {"content": "Water freezes."}):
            refusals.append(call(instance, "POST", documents, body))
        refusals.append(call(instance, "POST", DATASETS, {"name": "Another"}))
        refusals.append(call(instance, "POST", f"{DATASETS}/filled/query", {"query": "water"}))
        for part in (WEB, WORKER, ENGINE):
            instance.kill(part)
        wait_until(instance.is_healthy)
        assert {(status, body["code"]) for status, body in refusals} == {(503, "service_unavailable")}
        assert {body["error"].partition(".")[0] for _, body in refusals} == {"There is no room left on the disk"}
        assert (balance(instance), statuses(instance, documents)) == (before, ["processing"])

        filling.unlink()
        wait_until(lambda: statuses(instance, documents) == ["ready"], 90)
        assert call(instance, "POST", documents, {"content": "Water freezes."})[0] == 201
        wait_until(lambda: statuses(instance, documents) == ["ready"] * 2)
        assert balance(instance) == before - 2
        assert call(instance, "POST", f"{DATASETS}/filled/query", {"query": "boils"})[1]["results"]
        assert "Traceback" not in instance.output
        assert ledger_is_right(instance)
