"""`init_databases` makes both databases ready, however often and by however many at once it is called."""

import os
import uuid
from contextlib import contextmanager
from dataclasses import replace

import psycopg
import pytest
from django.apps import apps
from django.conf import settings
from django.db import connections

from authbridge.databases import postgresql
from authbridge.databases.better_auth import TABLES
from tests.support import postgres, warm

on_postgresql = pytest.mark.postgresql
two_databases = pytest.mark.skipif(settings.AUTH_DB == "default", reason="is about two databases")


@pytest.fixture
def absent(scratch):
    """Databases that do not exist yet; those still missing at the end are made, for `scratch` to drop them."""
    with server() as connection:
        for name in scratch.names.values():
            connection.execute(f"DROP DATABASE {name}")
        yield scratch
        there = {name for (name,) in connection.execute("SELECT datname FROM pg_database")}
        for name in set(scratch.names.values()) - there:
            connection.execute(f"CREATE DATABASE {name}")


@contextmanager
def server():
    url = postgres.with_database(os.environ["DATABASE_URL"], "postgres")
    with psycopg.connect(url, autocommit=True) as connection:
        yield connection


@contextmanager
def without_rights(scratch):
    """Give the same databases to a user who may connect to them, and nothing else."""
    role = f"weak_{uuid.uuid4().hex[:8]}"
    with server() as connection:
        connection.execute(f"CREATE ROLE {role} LOGIN")
    urls = {name: url for name, url in scratch.environment.items() if name.endswith("DATABASE_URL")}
    weak = {name: with_user(url, role) for name, url in urls.items()}
    yield replace(scratch, environment={**scratch.environment, **weak})
    with server() as connection:
        connection.execute(f"DROP ROLE {role}")


def with_user(url, user):
    """Return the URL for another user of the server."""
    scheme, rest = url.split("://", 1)
    return f"{scheme}://{user}@{rest.split('@', 1)[1]}"


def all_tables(scratch):
    return set().union(*(scratch.tables(alias) for alias in scratch.names if alias in settings.DATABASES))


def refusal_of(scratch):
    """Run it where it must fail, and return what it says."""
    finished = start(scratch).communicate()
    assert "Traceback" not in finished[1]
    return finished[1]


def start(scratch):
    return warm.start(["manage.py", "init_databases", "--with-auth-tables"], scratch.environment)


def test_a_second_call_finds_nothing_to_do(scratch):
    scratch.manage("init_databases", "--with-auth-tables")

    said = scratch.manage("init_databases", "--with-auth-tables").splitlines()

    assert len(said) == len(settings.DATABASES)
    assert all(line.endswith(": up to date") for line in said)


def test_two_at_once_make_every_table(scratch):
    twins = [start(scratch), start(scratch)]

    complaints = [twin.communicate()[1] for twin in twins]

    assert [twin.returncode for twin in twins] == [0, 0], complaints
    assert all_tables(scratch) >= {model._meta.db_table for model in apps.get_models()}


def test_people_who_were_there_before_keep_their_credits_and_get_their_accounts_opened(scratch):
    scratch.make_auth_table("users")
    person = f"('{uuid.uuid4()}', 'Old', 'old@example.com', 70)"
    scratch.execute(settings.AUTH_DB, f"INSERT INTO users (id, name, email, credits) VALUES {person}")

    scratch.manage("init_databases", "--with-auth-tables")

    assert scratch.execute(settings.AUTH_DB, "SELECT type, amount FROM credit_transactions") == [("opening", 70)]


@on_postgresql
def test_somebodys_user_database_gets_no_tables_of_better_auth(scratch):
    said = scratch.manage("init_databases")

    assert not scratch.tables(settings.AUTH_DB) & TABLES.keys()
    assert "There is no table `users` yet." in said


@on_postgresql
def test_two_at_once_create_missing_databases_in_unicode(absent):
    twins = [start(absent), start(absent)]

    complaints = [twin.communicate()[1] for twin in twins]

    assert [twin.returncode for twin in twins] == [0, 0], complaints
    assert absent.execute("default", "SHOW server_encoding") == [("UTF8",)]
    assert "datasets" in absent.tables("default")


@on_postgresql
def test_a_database_that_a_twin_makes_between_two_looks_is_there(absent, monkeypatch):
    name = absent.names["default"]
    wrapper = connections["default"].copy()
    wrapper.settings_dict = {**wrapper.settings_dict, "NAME": name}

    def made_meanwhile(connection):
        postgresql.create_database(connection)
        return False

    monkeypatch.setattr(postgresql, "is_known_absent", made_meanwhile)

    assert postgresql.ensure_database(wrapper) is False
    postgresql.connect(wrapper).close()


@on_postgresql
def test_who_may_not_create_a_database_is_told_whom_to_ask(absent):
    with without_rights(absent) as weak:
        said = refusal_of(weak)

    assert "permission denied to create database" in said
    assert f'In any database, as an administrator: CREATE DATABASE "{absent.names[settings.AUTH_DB]}"' in said


@on_postgresql
def test_who_may_not_make_tables_is_told_whom_to_ask(scratch):
    with without_rights(scratch) as weak:
        said = refusal_of(weak)

    assert "permission denied for schema public" in said
    assert 'as whoever owns it: GRANT USAGE, CREATE ON SCHEMA "public" TO "weak_' in said
    assert "OWNER TO" not in said


@on_postgresql
@two_databases
def test_a_user_database_given_as_the_only_one_is_noticed(scratch):
    for table in ("users", "sessions"):
        scratch.make_auth_table(table)
    only = {**scratch.environment, "DATABASE_URL": scratch.environment["AUTH_DATABASE_URL"], "AUTH_DATABASE_URL": ""}

    said = replace(scratch, environment=only).manage("init_databases")

    assert "In the Next.js site DATABASE_URL means fltr_auth. Set AUTH_DATABASE_URL to this database" in said
