"""The shell shows this project's models, says where each lives, and dbshell connects as the service does."""

import os
import shutil
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

from fltr_project.management.commands import dbshell, dumpdata, shell
from tests.support import postgres, warm
from tests.support.scratch import Scratch, ready_databases

ONE_DATABASE = settings.AUTH_DB == "default"
HOMES = {
    "User": settings.AUTH_DB,
    "Session": settings.AUTH_DB,
    "CreditTransaction": settings.AUTH_DB,
    "Dataset": "default",
    "LogEntry": "default",
}


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Databases with one person in them."""
    with ready_databases(tmp_path_factory.mktemp("shell")) as scratch:
        scratch.execute(
            settings.AUTH_DB,
            "INSERT INTO users (id, name, email, email_verified, created_at, updated_at) VALUES"
            " ('00000000-0000-4000-8000-000000000001', 'Ada', 'ada@example.com', TRUE, CURRENT_TIMESTAMP,"
            " CURRENT_TIMESTAMP)",
        )
        yield scratch


def test_user_and_session_are_the_site_s(ready: Scratch) -> None:
    said = ready.manage(
        "shell", "-v0", "-c", "print(User.objects.count(), User._meta.db_table, Session._meta.db_table)"
    )

    assert said == "1 users sessions\n"


def test_what_one_asks_for_most_is_there_too(ready: Scratch) -> None:
    code = (
        "add_credits(user_id=User.objects.get(), amount=7, type='bonus', idempotency_key='k');"
        "print(get_balance(find_user('ada@example.com')), get_user_model()._meta.db_table)"
    )

    assert ready.manage("shell", "-v0", "-c", code) == "Balance(credits=7, total_credits_purchased=0) auth_user\n"


def test_it_says_which_home_each_model_has(ready: Scratch) -> None:
    lines = ready.manage("shell", "-c", "").splitlines()

    for model, home in HOMES.items():
        [line] = [line for line in lines if f" {model}," in line or f" {model}." in line]
        assert f"alias {home}: " in line
        assert ("one database for both" in line) is ONE_DATABASE
    assert shell.WHO_IS_WHO in lines


def test_without_imports_it_says_nothing(ready: Scratch) -> None:
    assert ready.manage("shell", "--no-imports", "-c", "") == ""


def test_every_name_it_promises_is_there() -> None:
    assert "User" not in [path.rpartition(".")[2] for path in shell.FUNCTIONS]
    assert set(shell.SHADOWED) <= set(super(shell.Command, shell.Command()).get_auto_imports() or [])


def test_what_stands_behind_the_question_mark_is_handed_to_psql() -> None:
    options = {"options": "-c search_path=site", "host": "/run", "port": 6543, "pool": {"min_size": 1}, "sslmode": None}

    assert dbshell.environment_of(options) == {"PGOPTIONS": "-c search_path=site", "PGHOST": "/run", "PGPORT": "6543"}


@pytest.mark.postgresql
@pytest.mark.skipif(shutil.which("psql") is None, reason="there is no psql here")
def test_psql_connects_as_the_service_does() -> None:
    assert connection.vendor == "postgresql"
    url = postgres.with_database(os.environ["DATABASE_URL"], "postgres")
    url += ("&" if "?" in url else "?") + "options=-c%20search_path%3Dsite"
    environment = {**os.environ, "DATABASE_URL": url}

    ran = warm.run(["manage.py", "dbshell", "--", "-Atc", "SHOW search_path"], environment)

    assert (ran.stdout, ran.stderr, ran.returncode) == ("site\n", "", 0)


@pytest.fixture(scope="module")
def signed_in(ready: Scratch) -> Scratch:
    """Have the person sign in."""
    ready.execute(
        settings.AUTH_DB,
        "INSERT INTO sessions (id, user_id, token, expires_at, created_at, updated_at) VALUES"
        " ('00000000-0000-4000-8000-000000000002', '00000000-0000-4000-8000-000000000001', 'a live token',"
        " CURRENT_TIMESTAMP, CURRENT_TIMESTAMP, CURRENT_TIMESTAMP)",
    )
    return ready


def test_a_dump_holds_people_and_no_live_tokens(signed_in: Scratch) -> None:
    ran = warm.run(["manage.py", "dumpdata", "--database", "auth"], signed_in.environment)

    assert ran.returncode == 0
    assert "ada@example.com" in ran.stdout
    assert "a live token" not in ran.stdout
    assert ran.stderr == f"{dumpdata.LEFT_OUT}\n"


@pytest.mark.parametrize("asked", ["--including-sessions", "authbridge.Session"])
def test_a_dump_holds_them_for_whoever_asks(signed_in: Scratch, asked: str) -> None:
    assert "a live token" in signed_in.manage("dumpdata", "--database", "auth", asked)
