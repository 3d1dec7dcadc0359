"""`manage.py status` tells what it can, whatever is away, and its exit code is the doctor's."""

import json
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from tests.support import warm
from tests.support.scratch import Scratch, ready_databases

PASSWORD = "planted-database-password"
# As docs/operations.md has them: programs read these.
KEYS = {
    "versions": {"api", "commit", "python", "django"},
    "fltr": {"where", "version", "size_bytes"},
    "fltr_auth": {"where", "version", "size_bytes"},
    "queue": {"waiting", "oldest_waiting_since", "running", "running_by_stage", "later", "awaiting_payment"},
    "failed_jobs": {"failed_jobs", "failed_jobs_by_code"},
    "failed_sign_ins": {"failed_sign_ins"},
    "debts": {"charges", "credits"},
    "proof": {"verified_at", "rows"},
    "backup": {"finished_at", "outcome", "failed"},
    "chores": set(),
}
OF_A_SERVER = {"connections", "max_connections"}


@pytest.fixture
def ready(tmp_path: Path) -> Iterator[Scratch]:
    with ready_databases(tmp_path) as scratch:
        yield scratch


def run(environment: dict[str, str], *arguments: str) -> Any:
    """Run it as an operator does; whatever is wrong, nobody is to see a traceback."""
    finished = warm.run(["manage.py", "status", *arguments], environment)
    assert "Traceback" not in finished.stderr + finished.stdout
    return finished


def test_a_new_instance_is_well(ready: Scratch) -> None:
    finished = run(ready.environment)

    assert finished.returncode == 0, finished.stdout
    assert finished.stdout.splitlines()[-1].endswith(" 0 red.")


def test_programs_get_the_keys_that_are_documented(ready: Scratch) -> None:
    status = json.loads(run(ready.environment, "--json").stdout)

    assert set(status) == {"at", "ok", "parts", "doctor"}
    assert set(status["doctor"]) == {"finished_at", "problem", "green", "yellow", "red", "findings"}
    for part, keys in KEYS.items():
        told = set(status["parts"][part]) - OF_A_SERVER
        assert told == {*keys, "problem"}, status["parts"][part]
        assert status["parts"][part]["problem"] == ""
    assert {"kind", "where", "problem"} <= set(status["parts"]["vector_store"])


def test_what_is_red_makes_the_exit_code_1(ready: Scratch) -> None:
    on_table = "" if os.environ["FLTR_TEST_DB"] == "sqlite" else " ON fltr_audit"
    ready.execute(settings.AUTH_DB, f"DROP TRIGGER audit_entries_are_kept{on_table}")

    finished = run(ready.environment)

    assert finished.returncode == 1
    assert "The audit trail can be rewritten" in finished.stdout


@pytest.mark.skipif(os.environ["FLTR_TEST_DB"] != "sqlite", reason="is about files of SQLite")
def test_files_that_are_not_there_are_told_and_not_made(tmp_path: Path, ready: Scratch) -> None:
    for name in ready.names.values():
        Path(name).unlink()

    finished = run(ready.environment)

    assert finished.returncode == 1
    assert "Cannot be told: There is no such file" in finished.stdout
    assert not any(Path(name).exists() for name in ready.names.values())


@pytest.mark.postgresql
def test_a_user_database_that_is_away_hides_nothing_of_the_other(ready: Scratch) -> None:
    if settings.AUTH_DB == "default":
        pytest.skip("is about two databases")
    away = f"postgresql://app:{PASSWORD}@127.0.0.1:1/fltr_auth"

    finished = run({**ready.environment, "AUTH_DATABASE_URL": away}, "--json")

    parts = json.loads(finished.stdout)["parts"]
    assert finished.returncode == 1
    assert {key for key in KEYS if parts[key]["problem"]} == {"fltr_auth", "failed_sign_ins", "proof"}
    assert PASSWORD not in finished.stdout + finished.stderr


@pytest.mark.postgresql
def test_a_server_that_takes_connections_and_says_nothing_is_told_too(ready: Scratch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"postgresql://app@127.0.0.1:{silent.getsockname()[1]}/fltr"

        finished = run({**ready.environment, "DATABASE_URL": url, "AUTH_DATABASE_URL": f"{url}_auth"}, "--json")

    parts = json.loads(finished.stdout)["parts"]
    assert finished.returncode == 1
    assert all(parts[key]["problem"] for key in KEYS if key != "versions")
