"""Tables are kept in a form for every database: from files to a server and back, whatever type the site's ids have."""

from dataclasses import replace

import pytest
from django.conf import settings

from authbridge.databases import better_auth as schema
from fltr_project.backup import copy_text
from fltr_project.backup.homes import in_order
from tests.project.backup.conftest import at_home, contents
from tests.project.backup.test_there_and_back import restore
from tests.support.scratch import scratch_databases

on_postgresql = pytest.mark.postgresql
ODD = ["", "\\", "\\N", "a\tb\nc\rd", "é ü 漢 🙂", "\u2028\x85\x0b\x0c\x08", "\\x41", "'\"%s{}"]


@pytest.fixture
def embedded(full, tmp_path):
    """What `make run` has: two files. Only PostgreSQL's tests need to say so."""
    (tmp_path / "embedded").mkdir()
    home = at_home(full, tmp_path / "embedded")
    return replace(home, environment={**home.environment, "DATABASE_URL": "", "AUTH_DATABASE_URL": ""})


def everything(scratch):
    """Return all rows of all tables of ours and the site's, as PostgreSQL spells them."""
    rows = {}
    for alias in settings.DATABASES:
        for table in scratch.tables(alias) - {"django_migrations", "chore_runs", "fltr_verifications", "fltr_audit"}:
            rows[table] = scratch.execute(alias, f"SELECT t::text FROM {table} t ORDER BY 1")
    return rows


@on_postgresql
def test_from_a_server_to_files_and_back_nothing_changes(full, fresh, embedded, backup, tmp_path):
    for scratch in (full, fresh):
        for name in scratch.names.values():
            scratch.execute("default", f"ALTER DATABASE {name} SET timezone TO 'America/New_York'")
    restore(embedded, backup, "--with-site")
    embedded.manage("backup", str(tmp_path / "from-files"), "--with-site")

    restore(fresh, tmp_path / "from-files", "--with-site")

    assert everything(fresh) == everything(full)
    assert contents(fresh)["files"] == contents(full)["files"]


@on_postgresql
def test_people_have_ids_of_text_here_and_of_uuid_there(full, fresh, backup):
    types = {**schema.POSTGRESQL_TYPES, "id": "text", "new_id": "", "time": "timestamptz"}
    for table, columns in schema.TABLES.items():
        fresh.execute(settings.AUTH_DB, f"CREATE TABLE {table} ({columns.format(**types)})")

    restore(fresh, backup, "--with-site")
    restore(fresh, backup)

    assert contents(fresh) == contents(full)


@pytest.mark.skipif(settings.AUTH_DB == "default", reason="is about two databases")
@on_postgresql
def test_from_two_databases_to_one(full, backup, tmp_path):
    (tmp_path / "one").mkdir()
    with scratch_databases(tmp_path / "one") as scratch:
        one = at_home(scratch, tmp_path / "one")
        one = replace(one, environment={**one.environment, "AUTH_DATABASE_URL": ""})

        restore(one, backup, "--with-site")

        in_one = replace(one, names=dict.fromkeys(one.names, one.names["default"]))
        assert contents(in_one) == contents(full)


def test_every_text_comes_back_as_it_was():
    assert copy_text.values(copy_text.line([None, *ODD])) == [None, *ODD]
    assert copy_text.line([None, *ODD]).count("\n") == 1


@pytest.mark.parametrize(
    ("type", "value"),
    [
        ("bool", 1),
        ("char(32)", "0b1f8c5e9d2a4c6b8e7f0a1b2c3d4e5f"),
        ("datetime", "2026-11-28 00:03:57.120000"),
        ("datetime", "2026-11-28 00:03:57"),
        ("integer", -5),
        ("real", 0.1),
        ("blob", b"\x00\xff"),
        ("text", "1"),
    ],
)
def test_every_kind_of_value_comes_back_as_it_was(type, value):
    written = copy_text.writer_of(type)(value)

    assert copy_text.reader_of(type)(written) == value


def test_a_time_without_a_zone_is_utc():
    assert copy_text.writer_of("datetime")("2026-11-28 00:03:57") == "2026-11-28 00:03:57+00:00"
    assert copy_text.reader_of("datetime")("2026-11-28 02:03:57+02") == "2026-11-28 00:03:57"


def test_tables_come_after_those_they_refer_to():
    ring = [("a", "b"), ("b", "c"), ("x", "y"), ("y", "x"), ("c", "elsewhere")]

    order = in_order(["a", "b", "c", "x", "y"], ring)

    assert order.index("c") < order.index("b") < order.index("a")
    assert sorted(order) == ["a", "b", "c", "x", "y"]
