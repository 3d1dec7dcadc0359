"""A file that can only be read, and a disk that is full: said in a sentence, charged for nothing, healed by itself."""

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.disks import only_readable
from tests.support.engine import short_folder, wait_until
from tests.support.instance import Instance, instance_in, on_embedded_databases

pytestmark = [pytest.mark.chaos, on_embedded_databases]

DATASETS = "/api/v1/datasets"


@pytest.fixture
def folder() -> Iterator[Path]:
    with short_folder() as folder:
        yield folder


def call(instance: Instance, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    """Return status and JSON of an answer, also of one that refuses."""
    request = urllib.request.Request(
        f"http://localhost:{instance.port}{path}",
        data=None if body is None else json.dumps(body).encode(),
        headers={"Authorization": f"Bearer {instance.token()}", "Content-Type": "application/json"},
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
