"""Two URLs become two homes, or one database that is both, however they are spelled."""

import traceback
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from fltr_project.configuration.databases import configure_databases

FLTR = "postgresql://app:secret@db.example.com:5432/fltr"


def configure(**variables: str) -> tuple[dict[str, dict[str, Any]], str]:
    pool_size = int(variables.get("DATABASE_POOL_SIZE", "10"))
    return configure_databases(
        Path("/data"), variables.get("DATABASE_URL", ""), variables.get("AUTH_DATABASE_URL", ""), pool_size
    )


def test_without_urls_there_are_two_sqlite_files_in_the_data_folder():
    databases, auth_db = configure()

    assert auth_db == "auth"
    assert databases["default"]["NAME"] == "/data/fltr.sqlite3"
    assert databases["auth"]["NAME"] == "/data/fltr_auth.sqlite3"


def test_two_urls_are_two_homes():
    databases, auth_db = configure(DATABASE_URL=FLTR, AUTH_DATABASE_URL=FLTR.replace("/fltr", "/fltr_auth"))

    assert auth_db == "auth"
    assert (databases["default"]["NAME"], databases["auth"]["NAME"]) == ("fltr", "fltr_auth")


def test_with_only_database_url_one_database_is_both():
    databases, auth_db = configure(DATABASE_URL=FLTR)

    assert auth_db == "default"
    assert list(databases) == ["default"]


def test_an_empty_auth_url_is_as_good_as_none():
    databases, auth_db = configure(DATABASE_URL=FLTR, AUTH_DATABASE_URL="")

    assert (list(databases), auth_db) == (["default"], "default")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (FLTR, FLTR),
        (FLTR, FLTR.replace(":5432", "")),
        (FLTR, FLTR.replace("app:secret", "next:other")),
        (FLTR, FLTR.replace("db.example.com", "DB.Example.COM")),
        (FLTR, FLTR.replace("postgresql://", "postgres://")),
        (FLTR, f"{FLTR}?sslmode=prefer"),
        (FLTR, "postgresql:///fltr?host=DB.example.com"),
        ("postgresql://localhost/fltr", "postgresql://127.0.0.1:5432/fltr"),
        ("postgresql://localhost/fltr", "postgresql://[::1]/fltr"),
        ("postgresql://localhost/fltr", "postgresql:///fltr"),
        ("postgresql:///fltr?host=/run/postgresql", "postgresql://app@/fltr?host=/run/postgresql&port=5432"),
        ("sqlite:////data/one.sqlite3", "sqlite:////data/../data/one.sqlite3"),
    ],
)
def test_two_spellings_of_one_database_are_one(one, other):
    databases, auth_db = configure(DATABASE_URL=one, AUTH_DATABASE_URL=other)

    assert (list(databases), auth_db) == (["default"], "default")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (FLTR, FLTR.replace("/fltr", "/fltr_auth")),
        (FLTR, FLTR.replace("/fltr", "/FLTR")),
        (FLTR, FLTR.replace("5432", "5433")),
        (FLTR, FLTR.replace("db.example.com", "db2.example.com")),
        (FLTR, "sqlite:////data/fltr"),
        ("postgresql:///fltr?host=/run/one", "postgresql:///fltr?host=/run/other"),
        ("postgresql:///fltr?host=/run/one", "postgresql:///fltr?host=/run/one&port=5433"),
        ("sqlite:////data/one.sqlite3", "sqlite:////data/other.sqlite3"),
    ],
)
def test_two_databases_are_two(one, other):
    databases, auth_db = configure(DATABASE_URL=one, AUTH_DATABASE_URL=other)

    assert (list(databases), auth_db) == (["default", "auth"], "auth")


def test_a_user_database_alone_says_which_variable_is_missing():
    with pytest.raises(ImproperlyConfigured, match="DATABASE_URL is not"):
        configure(AUTH_DATABASE_URL=FLTR)


@pytest.mark.parametrize("variable", ["DATABASE_URL", "AUTH_DATABASE_URL"])
@pytest.mark.parametrize(
    "url",
    [
        "mysql://app:secret@db.example.com/fltr",
        "postgresql://app:secret@db.example.com/",
        "postgresql://app:secret@db.example.com:port/fltr",
        "postgresql://app:secret?secret@db.example.com/fltr",
        "//app:secret@db.example.com/fltr",
        "app:secret@db.example.com/fltr",
        "secret",
    ],
)
def test_a_bad_url_is_named_and_its_password_never_shown(variable, url):
    with pytest.raises(ImproperlyConfigured) as refused:
        configure(**{"DATABASE_URL": FLTR, variable: url})

    assert str(refused.value).startswith(variable)
    assert "secret" not in "".join(traceback.format_exception(refused.value, limit=0))


def test_connections_come_from_a_pool_that_checks_them():
    databases, _ = configure(DATABASE_URL=FLTR, DATABASE_POOL_SIZE="7")

    assert databases["default"]["OPTIONS"]["pool"]["max_size"] == 7
    assert databases["default"]["CONN_HEALTH_CHECKS"] is True
    # A pool and Django's own persistent connections exclude each other.
    assert databases["default"]["CONN_MAX_AGE"] == 0


def test_a_pool_size_of_zero_means_no_pool():
    databases, _ = configure(DATABASE_URL=FLTR, DATABASE_POOL_SIZE="0")

    assert "pool" not in databases["default"]["OPTIONS"]


def test_options_of_the_url_reach_the_driver():
    databases, _ = configure(DATABASE_URL=f"{FLTR}?sslmode=require")

    assert databases["default"]["OPTIONS"]["sslmode"] == "require"


def test_sqlite_writers_wait_for_each_other():
    databases, _ = configure()

    for database in databases.values():
        assert database["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
        assert "journal_mode=WAL" in database["OPTIONS"]["init_command"]
        assert database["OPTIONS"]["timeout"] >= 5


def test_each_database_can_be_tested_alone():
    databases, _ = configure()

    assert [database["TEST"]["DEPENDENCIES"] for database in databases.values()] == [[], []]
