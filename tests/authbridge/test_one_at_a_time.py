"""One process at a time makes tables on a PostgreSQL server, and no statement waits for it."""

import time

import pytest
from django.db import connections

from authbridge.databases import postgresql
from authbridge.shared.errors import DatabaseNotReady
from tests.support.threads import at_once

pytestmark = [pytest.mark.django_db(databases="__all__"), pytest.mark.postgresql]

WAITING = "SELECT COUNT(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"


def test_whoever_waits_holds_no_statement_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgresql, "LOOK_EVERY_S", 0.05)
    waited: list[int] = []

    def hold(number: int) -> None:
        database = connections["default"]
        with postgresql.advisory_lock(database), postgresql.connect(database) as server:
            for _ in range(10):
                waited.append(server.execute(WAITING).fetchone()[0])
                time.sleep(0.05)

    at_once(hold, 2)

    assert waited == [0] * 20


def test_whoever_has_waited_too_long_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgresql, "LOCK_TIMEOUT_S", 0.0)

    with (
        postgresql.advisory_lock(connections["default"]),
        pytest.raises(DatabaseNotReady, match="Wait for it"),
        postgresql.advisory_lock(connections["default"]),
    ):
        pass
