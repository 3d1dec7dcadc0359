"""One process at a time makes tables on a PostgreSQL server, and no statement waits for it."""

import time

import pytest
from django.db import connections

from authbridge.databases import postgresql
from authbridge.shared.errors import DatabaseNotReady
from tests.support.threads import at_once

pytestmark = [pytest.mark.django_db(databases="__all__"), pytest.mark.postgresql]

WAITING = "SELECT COUNT(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
HOLDERS = """
    SELECT state FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE locktype = 'advisory'
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"""


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


def test_the_lock_is_a_transaction_s_which_no_pooler_gives_to_others() -> None:
    database = connections["default"]
    with postgresql.advisory_lock(database), postgresql.connect(database) as server:
        assert server.execute(HOLDERS).fetchall() == [("idle in transaction",)]

    with postgresql.connect(database) as server:
        assert server.execute(HOLDERS).fetchall() == []


@pytest.mark.parametrize("options", ["", "-c default_transaction_isolation=serializable"], ids=["", "serializable"])
def test_indexes_are_made_beside_traffic_meanwhile(monkeypatch: pytest.MonkeyPatch, options: str) -> None:
    database = connections["default"]
    monkeypatch.setitem(database.settings_dict["OPTIONS"], "options", options)
    with postgresql.connect(database) as server, postgresql.advisory_lock(database):
        server.execute("CREATE TABLE indexed_meanwhile (id int)")
        server.execute("SET statement_timeout = '10s'")

        server.execute("CREATE INDEX CONCURRENTLY made_meanwhile ON indexed_meanwhile (id)")

        server.execute("DROP TABLE indexed_meanwhile")


def test_a_server_that_ends_idle_transactions_lets_this_one_be(monkeypatch: pytest.MonkeyPatch) -> None:
    database = connections["default"]
    monkeypatch.setitem(database.settings_dict["OPTIONS"], "options", "-c idle_in_transaction_session_timeout=20ms")

    with postgresql.advisory_lock(database), postgresql.connect(database) as server:
        time.sleep(0.2)
        assert len(server.execute(HOLDERS).fetchall()) == 1


def test_whoever_has_waited_too_long_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgresql, "LOCK_TIMEOUT_S", 0.0)

    with (
        postgresql.advisory_lock(connections["default"]),
        pytest.raises(DatabaseNotReady, match=r"Wait for it.*pg_terminate_backend\([1-9]"),
        postgresql.advisory_lock(connections["default"]),
    ):
        pass
