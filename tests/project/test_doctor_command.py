"""`manage.py doctor` runs whatever state the databases are in, and its exit code says whether anything is red."""

import json
import os
from pathlib import Path

import psycopg
import pytest
from django.conf import settings

from tests.support import postgres, warm
from tests.support.scratch import ready_databases

two_databases = pytest.mark.skipif(settings.AUTH_DB == "default", reason="is about two databases")
on_files = pytest.mark.skipif(os.environ["FLTR_TEST_DB"] != "sqlite", reason="is about files of SQLite")
NEW_USER = "'00000000-0000-4000-8000-000000000000', 'Eve', '\x1b[31mred@example.com', 'gone'"
PASSWORD = "planted-database-password"


@pytest.fixture
def ready(tmp_path):
    """Databases that init_databases has made."""
    with ready_databases(tmp_path) as scratch:
        yield scratch


def run(environment, *arguments, command="doctor"):
    """Run it as an operator does, and return how it ended; whatever is wrong, nobody is to see a traceback."""
    finished = warm.run(["manage.py", command, *arguments], environment)
    assert "Traceback" not in finished.stderr
    return finished


def reds(environment):
    """Return what is red, by its check."""
    report = json.loads(run(environment, "--json").stdout)
    return {finding["check"]: finding for finding in report["findings"] if finding["level"] == "red"}


def with_password(url):
    """Return the URL with a password, which a server that trusts everybody ignores."""
    return url.replace("@", f":{PASSWORD}@", 1)


def test_databases_that_init_databases_has_made_are_healthy(ready):
    finished = run(ready.environment)

    assert finished.returncode == 0, finished.stdout
    assert "\n  red " not in finished.stdout
    assert finished.stdout.splitlines()[-1].endswith(" 0 red.")


def test_programs_get_the_same_as_one_object(ready):
    report = json.loads(run(ready.environment, "--json").stdout)

    assert report["ok"] is True
    assert set(report["findings"][0]) == {"section", "check", "level", "message", "advice"}


def test_empty_databases_are_red_and_say_what_to_do(scratch):
    if "sqlite" in settings.DATABASES["default"]["ENGINE"]:
        for name in scratch.names.values():
            Path(name).touch()

    finished = run(scratch.environment)

    assert finished.returncode == 1
    assert "-> Run manage.py init_databases." in finished.stdout
    assert "has no table users and no table sessions" in finished.stdout


def test_tables_that_were_only_recorded_are_made_by_following_the_advice(ready):
    for table in ("api_key_credits", "teams"):
        ready.execute(settings.AUTH_DB, f"DROP TABLE {table}")

    advice = reds(ready.environment)["migrations"]["advice"]
    first, second = [part.rstrip(".").split()[1:] for part in advice.partition("Else: ")[2].split("; and then ")]
    ready.manage(*first)
    ready.manage(*second)

    assert reds(ready.environment) == {}


@on_files
def test_a_missing_file_is_red_and_not_made(scratch):
    finished = run(scratch.environment)

    assert finished.returncode == 1
    assert "there is no such file" in finished.stdout
    assert not Path(scratch.names["default"]).exists()


@on_files
def test_a_file_that_is_no_database_is_red(scratch):
    Path(scratch.names["default"]).write_bytes(b"no database at all" * 100)

    assert "file is not a database" in reds(scratch.environment)["reach"]["message"]


@pytest.mark.postgresql
def test_a_server_that_does_not_answer_is_red_and_its_password_hidden(scratch, tmp_path):
    url = f"postgresql://app:{PASSWORD}@127.0.0.1:1/fltr"

    finished = run({**scratch.environment, "DATABASE_URL": url, "AUTH_DATABASE_URL": url + "_auth"})

    assert finished.returncode == 1
    assert 'database "fltr" at 127.0.0.1:1, user "app", password ***: it does not let us in' in finished.stdout
    assert PASSWORD not in finished.stdout + finished.stderr


@pytest.mark.postgresql
def test_which_url_is_which_is_said_without_a_password(scratch):
    urls = {name: with_password(url) for name, url in scratch.environment.items() if name.endswith("DATABASE_URL")}

    finished = run({**scratch.environment, **urls})

    assert "password ***" in finished.stdout
    assert PASSWORD not in finished.stdout + finished.stderr


@pytest.mark.postgresql
@two_databases
def test_one_database_under_two_addresses_is_red_and_never_migrated(scratch, tmp_path):
    url = scratch.environment["DATABASE_URL"]
    folder = url.partition("host=")[2].partition("&")[0]
    (tmp_path / "alias").symlink_to(folder.replace("%2F", "/"))
    alias = url.replace(folder, str(tmp_path / "alias").replace("/", "%2F"))
    environment = {**scratch.environment, "AUTH_DATABASE_URL": alias}

    assert "name the same database by different addresses" in reds(environment)["identity"]["message"]
    refused = run(environment, command="init_databases")
    assert refused.returncode == 1
    assert "name the same database" in refused.stderr
    assert scratch.tables("default") == set()


@pytest.mark.postgresql
def test_a_database_that_cannot_keep_every_language_is_red(scratch):
    name = scratch.names["default"]
    with psycopg.connect(postgres.with_database(os.environ["DATABASE_URL"], "postgres"), autocommit=True) as server:
        server.execute(f"DROP DATABASE {name}")
        server.execute(f"CREATE DATABASE {name} ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")

    assert "keeps text as LATIN1" in reds(scratch.environment)["reach"]["message"]


def test_what_users_wrote_cannot_command_a_terminal(ready):
    ready.execute(settings.AUTH_DB, f"INSERT INTO users (id, name, email, team_id) VALUES ({NEW_USER})")

    finished = run(ready.environment)

    assert "1 users, red@example.com among them" in finished.stdout
    assert "\x1b" not in finished.stdout


def test_drift_that_would_stop_every_call_stops_init_databases(scratch):
    scratch.make_auth_table("users")
    scratch.execute(settings.AUTH_DB, "ALTER TABLE users RENAME COLUMN credits TO balance")

    refused = run(scratch.environment, command="init_databases")

    assert refused.returncode == 1
    assert "has no column users.credits" in refused.stderr


def test_drift_is_said_by_system_checks_too(ready):
    ready.execute(settings.AUTH_DB, "ALTER TABLE sessions RENAME COLUMN token TO secret")

    finished = run(ready.environment, *(f"--database={alias}" for alias in settings.DATABASES), command="check")

    assert finished.returncode == 1
    assert "(doctor.columns)" in finished.stderr
    assert (
        "(authbridge.E002)"
        in run(ready.environment, "--plan", f"--database={settings.AUTH_DB}", command="migrate").stderr
    )
