"""What `reset_databases` may touch: this machine's databases, and of them the tables of the homes that were named."""

from typing import Any

import pytest
from django.conf import settings as project_settings
from django.core.management import CommandError, call_command
from django.db import connections

from authbridge.databases.better_auth import TABLES as BETTER_AUTH
from fltr_project.configuration.databases import is_local
from fltr_project.reset import guards
from fltr_project.reset.guards import reasons_against
from fltr_project.reset.wish import HOMES, Wish

pytestmark = pytest.mark.django_db(databases="__all__")

CREDIT_TABLES = {"credit_transactions", "api_key_credits", "teams"} | {
    f"fltr_{name}" for name in ("quarter_totals", "day_totals", "key_totals", "verifications", "audit", "departures")
}
EVERYTHING = Wish(frozenset(HOMES))
ONLY_DATASETS, ONLY_CREDITS = (Wish(frozenset([home])) for home in HOMES)


@pytest.fixture
def remote(monkeypatch):
    """Have the settings name another machine for the database `default`."""
    if connections["default"].vendor == "sqlite":
        pytest.skip("is about servers")

    def name(host: str) -> None:
        database = connections["default"].settings_dict
        monkeypatch.setitem(database, "HOST", host)
        monkeypatch.setitem(database, "OPTIONS", {**database["OPTIONS"], "host": host})

    return name


def tables(wish: Wish) -> set[str]:
    return set().union(*(wish.tables(alias) for alias in project_settings.DATABASES))


@pytest.mark.parametrize(
    "host",
    [
        "",
        "localhost",
        "LOCALHOST",
        "127.0.0.1",
        "127.8.9.10",
        "::1",
        "[::1]",
        "::ffff:127.0.0.1",
        "/run/postgresql",
        "localhost,127.0.0.1",
    ],
)
def test_sockets_and_loopback_addresses_are_local(host):
    assert is_local(host)


@pytest.mark.parametrize(
    "host",
    [
        "db.example.com",
        "10.0.0.1",
        "0.0.0.0",
        "128.0.0.1",
        "postgres",
        "127.0.0.1.example.com",
        "::2",
        "::ffff:10.0.0.1",
        "localhost,db.example.com",
    ],
)
def test_every_other_name_is_not(host):
    assert not is_local(host)


def test_here_only_debug_is_missing(settings: Any):
    assert list(reasons_against(EVERYTHING)) == ["DEBUG is off: this is for development only."]


def test_a_database_on_another_machine_is_a_reason(settings: Any, remote):
    settings.DEBUG = True
    remote("db.example.com")

    assert [
        reason for reason in reasons_against(EVERYTHING) if "is on db.example.com, which is not this machine" in reason
    ]


def test_a_database_that_stays_may_be_anywhere(settings: Any, remote):
    if settings.AUTH_DB == "default":
        pytest.skip("is about two databases")
    settings.DEBUG = True
    remote("db.example.com")

    assert list(reasons_against(ONLY_CREDITS)) == []


POOLED, FORWARDED, THERE = "pg_backend_pid() + 1", "pg_backend_pid()", "'10.1.2.3'"


@pytest.mark.postgresql
@pytest.mark.parametrize(
    ("process", "address", "refusals"), [(POOLED, THERE, 1), (POOLED, "NULL", 0), (FORWARDED, THERE, 0)]
)
def test_a_pooler_here_may_lead_to_a_server_elsewhere(
    settings: Any, monkeypatch: pytest.MonkeyPatch, process: str, address: str, refusals: int
):
    settings.DEBUG = True
    monkeypatch.setattr(guards, "WHO_ANSWERS", f"SELECT {process}, {address}")

    found = list(reasons_against(ONLY_DATASETS))

    assert len(found) == refusals
    assert all("a pooler's, whose server is at 10.1.2.3: name that in DATABASE_URL" in it for it in found)


def test_a_vector_store_on_another_machine_is_a_reason_if_datasets_go(settings: Any):
    settings.DEBUG, settings.VECTOR_STORE_URI = True, "http://user:secret@milvus.example.com:19530"

    assert list(reasons_against(EVERYTHING)) == [
        "The vector store is on milvus.example.com, which is not this machine."
    ]
    assert list(reasons_against(ONLY_CREDITS)) == []


def test_the_homes_share_no_table():
    assert tables(ONLY_CREDITS) == CREDIT_TABLES
    assert tables(ONLY_DATASETS) >= {"datasets", "documents", "processing_jobs", "idempotent_requests", "auth_user"}
    assert not tables(ONLY_DATASETS) & (CREDIT_TABLES | BETTER_AUTH.keys())
    assert tables(EVERYTHING) == tables(ONLY_CREDITS) | tables(ONLY_DATASETS)


def test_better_auths_tables_go_only_if_included():
    assert not tables(EVERYTHING) & BETTER_AUTH.keys()
    assert tables(Wish(frozenset(HOMES), including_auth_tables=True)) >= BETTER_AUTH.keys()


@pytest.mark.skipif(project_settings.AUTH_DB != "default", reason="is about one database")
def test_with_one_database_people_may_go_with_the_datasets_alone():
    gone = tables(Wish(frozenset(["default"]), including_auth_tables=True))

    assert gone >= BETTER_AUTH.keys()
    assert not gone & CREDIT_TABLES


def test_a_database_that_stays_forgets_no_migration_of_its_own():
    kept = {"datasets", "fltr_project", "admin"} if project_settings.AUTH_DB == "default" else set()

    assert not ONLY_CREDITS.forgotten_apps(project_settings.AUTH_DB) & kept
    assert "credits" in ONLY_CREDITS.forgotten_apps(project_settings.AUTH_DB)
    assert "datasets" in ONLY_DATASETS.forgotten_apps("default")


def test_another_name_than_those_of_the_homes_is_no_database():
    with pytest.raises(CommandError, match="invalid choice"):
        call_command("reset_databases", "--database", "postgres")
