"""Whoever ran an earlier release goes on from its databases, with all that is in them."""

import json
import os
from collections.abc import Iterator

import pytest
from django.conf import settings

from tests.support.releases import RELEASES
from tests.support.scratch import Scratch, scratch_databases

SETTING = os.environ["FLTR_TEST_DB"]
RELEASES_KEPT = sorted(folder.name for folder in RELEASES.iterdir())


@pytest.fixture(params=RELEASES_KEPT)
def release(request: pytest.FixtureRequest, tmp_path) -> Iterator[Scratch]:
    """Databases as an earlier release left them."""
    with scratch_databases(tmp_path) as scratch:
        for alias in settings.DATABASES:
            scratch.execute_all(alias, (RELEASES / request.param / f"{SETTING}-{alias}.sql").read_text())
        yield scratch


def rows(scratch: Scratch, alias: str, table: str) -> list[tuple]:
    return scratch.execute(alias, f"SELECT id, created_at FROM {table} ORDER BY id")


def test_an_earlier_release_is_kept_for_each_setting():
    assert RELEASES_KEPT >= ["2026-11-22", "2026-11-27"]


def test_its_databases_are_migrated_and_keep_every_row(release):
    kept = [(settings.AUTH_DB, "credit_transactions"), (settings.AUTH_DB, "teams"), ("default", "documents")]
    before = [rows(release, *each) for each in kept]

    release.manage("init_databases")

    assert [rows(release, *each) for each in kept] == before
    assert all(before)


def test_its_ledger_is_proved(release):
    release.manage("init_databases")

    found = json.loads(release.manage("verify_ledger", "--json"))

    assert (found["ok"], found["rows"]) == (True, 18)


def test_its_tables_are_as_they_should_be(release):
    release.manage("init_databases")

    assert "No migrations to apply" in release.manage("migrate", f"--database={settings.AUTH_DB}")
    release.manage("check", "--database", "default", "--database", settings.AUTH_DB, "--fail-level", "ERROR")
