"""Every command: `--database auth` is the database of users, and what is wrong with a database is said at once."""

import multiprocessing
import os
import re
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.checks.registry import registry
from django.db import connection

from authbridge.databases.better_auth import POSTGRESQL_TYPES, SQLITE_TYPES, TABLES
from authbridge.databases.checks import check_databases
from credits.triggers.append_only import TRIGGERS
from fltr_project.configuration.commands import needs_pool, with_alias_of_home
from fltr_project.management.commands.check import doctor_on_call
from tests.support import postgres, warm
from tests.support.scratch import Scratch, ready_databases, scratch_databases


@pytest.mark.parametrize("alias", ["auth", "default"])
@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("migrate --database auth", "migrate --database {}"),
        ("migrate --database=auth credits", "migrate --database={} credits"),
        ("check --database default --database auth", "check --database default --database {}"),
        ("dumpdata auth", "dumpdata auth"),
        ("shell -c auth", "shell -c auth"),
        ("reset_databases --database auth", "reset_databases --database auth"),
        ("", ""),
    ],
)
def test_it_becomes_the_alias_that_there_is(settings: Any, alias: str, given: str, meant: str) -> None:
    settings.AUTH_DB = alias

    assert with_alias_of_home(["manage.py", *given.split()]) == ["manage.py", *meant.format(alias).split()]


def run(environment: dict[str, str], *arguments: str) -> Any:
    return warm.run(["manage.py", *arguments], environment)


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scratch]:
    with ready_databases(tmp_path_factory.mktemp("commands")) as scratch:
        yield scratch


@pytest.mark.parametrize(
    "arguments",
    [
        ("check", "--database", "auth"),
        ("check", "--database", "default", "--database", "auth"),
        ("migrate", "--database=auth"),
        ("showmigrations", "--database=auth"),
    ],
    ids=" ".join,
)
def test_every_command_takes_it(ready: Scratch, arguments: tuple[str, ...]) -> None:
    assert ready.manage(*arguments)


# Which process has a pool.


@pytest.mark.parametrize(
    ("arguments", "has_one"),
    [
        (["manage.py", "migrate"], False),
        (["/srv/manage.py", "shell"], False),
        (["manage.py"], False),
        (["/srv/fltr_project/__main__.py"], False),
        (["manage.py", "runworker"], True),
        (["manage.py", "runserver"], True),
        (["/srv/.venv/lib/uvicorn/__main__.py", "fltr_project.asgi:application"], True),
        (["gunicorn"], True),
        ([], True),
    ],
    ids=str,
)
def test_a_process_that_serves_has_a_pool(arguments: list[str], has_one: bool) -> None:
    assert needs_pool(arguments) is has_one


def test_so_has_a_web_server_that_serve_has_spawned() -> None:
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as spawned:
        assert spawned.submit(needs_pool, ["manage.py", "serve"]).result() is True
    assert needs_pool(["manage.py", "serve"]) is False


# A database that is not there, or not fit.


def elsewhere(tmp_path: Path) -> dict[str, str]:
    """Return settings of databases that nobody has made."""
    if connection.vendor == "sqlite":
        return {**os.environ, "DATA_DIR": str(tmp_path)}
    urls = {name: url for name in ("DATABASE_URL", "AUTH_DATABASE_URL") if (url := os.environ.get(name))}
    absent = {name: postgres.with_database(url, f"absent_{name.lower()}") for name, url in urls.items()}
    return {**os.environ, **absent, "DATABASE_POOL_SIZE": "4"}


@pytest.mark.postgresql
@pytest.mark.parametrize("command", [("migrate",), ("showmigrations",), ("shell", "-c", "User.objects.get()")], ids=str)
def test_where_a_database_is_not_there_a_command_says_so_at_once(tmp_path: Path, command: tuple[str, ...]) -> None:
    ran = run(elsewhere(tmp_path), *command)

    assert ran.returncode == 1
    [sentence] = ran.stderr.strip().splitlines()
    assert sentence.startswith('PostgreSQL database "absent_')
    assert " cannot be used: " in sentence
    assert "manage.py init_databases makes it." in sentence


@pytest.mark.postgresql
def test_traceback_is_there_for_whoever_asks(tmp_path: Path) -> None:
    assert "Traceback" in run(elsewhere(tmp_path), "migrate", "--traceback").stderr


def test_check_says_which_database_does_not_answer(tmp_path: Path) -> None:
    ran = run(elsewhere(tmp_path), "check", "--database", "default", "--database", "auth")

    assert ran.returncode == 1
    # Another check may have opened, and so made, an SQLite file by then: it is there, and lacks every table.
    assert ("(doctor.reach)" if connection.vendor == "postgresql" else "(doctor.") in ran.stderr
    assert "HINT: " in ran.stderr
    assert "Traceback" not in ran.stderr


class TestCheckOfADatabase:
    @pytest.fixture
    def ours(self, tmp_path: Path) -> Iterator[Scratch]:
        with ready_databases(tmp_path) as scratch:
            yield scratch

    def test_says_that_our_tables_are_gone(self, ours: Scratch) -> None:
        ours.execute(settings.AUTH_DB, "DROP TABLE teams")

        ran = run(ours.environment, "check", "--database", "auth")

        assert ran.returncode == 1
        assert "there is no teams" in ran.stderr

    @pytest.mark.skipif(settings.AUTH_DB == "default", reason="is about two databases")
    def test_says_what_is_in_the_wrong_home(self, ours: Scratch) -> None:
        types = SQLITE_TYPES if connection.vendor == "sqlite" else POSTGRESQL_TYPES
        ours.execute("default", f"CREATE TABLE users ({TABLES['users'].format(**types)})")

        assert "whose home is fltr_auth" in run(ours.environment, "check", "--database", "default").stderr
        assert run(ours.environment, "check", "--database", "auth").returncode == 0

    def test_leaves_what_every_start_looks_at_as_it_was(self) -> None:
        before = set(registry.registered_checks)
        with doctor_on_call():
            assert check_databases not in registry.registered_checks

        assert registry.registered_checks == before


@pytest.mark.postgresql
def test_tables_that_are_not_fit_end_migrate_with_a_sentence(tmp_path: Path) -> None:
    with scratch_databases(tmp_path) as scratch:
        scratch.make_auth_table("users")
        scratch.execute(
            settings.AUTH_DB, "CREATE TABLE teams (id uuid PRIMARY KEY, name text, credits int, owner_id uuid)"
        )

        ran = run(scratch.environment, "migrate", "--database=auth")

        assert ran.returncode == 1
        assert ran.stderr.startswith("The site's table teams cannot be used: its column owner_id must be text")
        assert "Traceback" not in ran.stderr


def test_init_databases_does_not_call_a_database_ready_whose_tables_were_dropped(tmp_path: Path) -> None:
    with ready_databases(tmp_path) as ours:
        ours.execute(settings.AUTH_DB, "DROP TABLE teams")

        refused = run(ours.environment, "init_databases")

        assert refused.returncode == 1
        assert "Django has recorded the migrations of credits, but there is no teams" in refused.stderr
        [advised] = re.findall(r"manage\.py (migrate credits zero --fake --database \w+);", refused.stderr)
        ours.manage(*advised.split())
        ours.manage("init_databases")
        assert "teams" in ours.tables(settings.AUTH_DB)


@pytest.mark.parametrize("migration", ["0002", "0003", "0009"])
def test_sqlmigrate_shows_the_triggers(ready: Scratch, migration: str) -> None:
    shown = ready.manage("sqlmigrate", "credits", migration, "--database", "auth")

    later = {"0003": {"credit_entries_are_whole"}, "0009": {"credit_entries_are_not_replaced"}}
    there = TRIGGERS[connection.vendor].keys()
    made = there & later[migration] if migration in later else there - set().union(*later.values())
    assert [name for name in made if f"TRIGGER {name}" not in shown.replace("IF NOT EXISTS ", "")] == []
