"""Commands behind a PgBouncer in transaction mode."""

import json
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from tests.pooler.world import World
from tests.support import postgres
from tests.support.pgbouncer import pooler

pytestmark = pytest.mark.pooler

PERSON = """
    INSERT INTO users (id, name, email, email_verified, created_at, updated_at)
    VALUES (%s, 'P', %s, true, now(), now())"""
# More bytes than are indexed while charges wait.
ENTRIES = """
    INSERT INTO credit_transactions (id, user_id, account_type, account_id, amount, type, metadata, created_at)
    SELECT gen_random_uuid(), '{user}', 'user', '{user}', 1, 'bonus', to_jsonb(repeat('x', {letters})), now()
    FROM generate_series(1, {rows})"""
SMALL_BYTES = 50 * 1024**2
EXPLAIN = "UPDATE users SET credits = (SELECT SUM(amount) FROM credit_transactions) WHERE id = %s"
WHOLE = "SELECT bool_and(indisvalid) FROM pg_index WHERE indrelid = 'credit_transactions'::regclass"


def test_two_that_start_at_once_make_all_tables_once(world: World) -> None:
    twins = [world.start("init_databases") for _ in range(2)]

    printed = [twin.communicate(timeout=300) for twin in twins]

    assert [twin.returncode for twin in twins] == [0, 0], printed
    assert all(line.endswith("up to date") for line in world.manage("init_databases").splitlines())


def test_a_long_ledger_is_migrated_while_others_charge(ready: World) -> None:
    ready.manage("migrate", "credits", "0005", "--database", "auth")
    user = add_person(ready)
    ready.ask(ready.people, ENTRIES.format(user=user, rows=110_000, letters=400))
    [(size,)] = ready.ask(ready.people, "SELECT pg_table_size('credit_transactions')")
    assert size > SMALL_BYTES

    with charging(ready, user, clients=8) as charged:
        ready.manage("init_databases")

    assert charged
    [(rows,)] = ready.ask(ready.people, "SELECT COUNT(*) FROM credit_transactions")
    assert ready.ask(ready.people, "SELECT SUM(entries) FROM fltr_day_totals") == [(rows,)]
    assert ready.ask(ready.people, WHOLE) == [(True,)]
    ready.ask(ready.people, EXPLAIN, user)
    assert "The money rules hold." in ready.manage("verify_ledger")


def add_person(world: World) -> uuid.UUID:
    """Have the site add somebody."""
    user = uuid.uuid4()
    world.ask(world.people, PERSON, user, f"{user}@example.com")
    return user


@contextmanager
def charging(world: World, user: uuid.UUID, clients: int) -> Iterator[list[int]]:
    """Have many write rows by the pooler, one after the other, and see that none is refused."""
    done, charged, refused = threading.Event(), [0], []

    def charge() -> None:
        try:
            with psycopg.connect(postgres.with_database(world.pooler_url, world.people), autocommit=True) as client:
                client.prepare_threshold = None
                while not done.wait(0.01):
                    client.execute(ENTRIES.format(user=user, rows=1, letters=1).encode())
                    charged[0] += 1
        except psycopg.Error as error:
            refused.append(str(error))

    threads = [threading.Thread(target=charge) for _ in range(clients)]
    for thread in threads:
        thread.start()
    try:
        yield charged
    finally:
        done.set()
        for thread in threads:
            thread.join()
    assert refused == []


def test_the_ledger_is_verified_and_counted_anew(ready: World) -> None:
    assert "The money rules hold." in ready.manage("verify_ledger", "--all")
    assert "what the rows add up to" in ready.manage("recount_ledger")


def test_a_crash_is_reconciled(ready: World) -> None:
    ready.manage("reconcile")
    ready.manage("delete_orphans")


def test_dumps_have_every_row(ready: World) -> None:
    for _ in range(3):
        add_person(ready)

    people = json.loads(ready.manage("dumpdata", "authbridge.user", "--database", "auth"))

    assert len(people) == ready.ask(ready.people, "SELECT COUNT(*) FROM users")[0][0]


def test_the_doctor_names_the_pooler(ready: World) -> None:
    lines = [line for line in ready.manage("doctor").splitlines() if "pooler" in line]

    assert [" is behind a pooler in transaction mode, where all of FLTR works" in line for line in lines] == [
        True
    ] * len(ready.names)


def test_everything_is_dropped_and_made_anew(ready: World) -> None:
    add_person(ready)

    ready.manage("reset_databases", "--including-auth-tables", "--noinput")

    assert ready.ask(ready.people, "SELECT COUNT(*) FROM users") == [(0,)]


def test_psql_is_called_by_the_pooler(ready: World) -> None:
    assert "pooled_default" in ready.manage("dbshell", "--", "-Atc", "SELECT current_database()")


def test_a_setting_of_a_connection_is_refused_in_words(ready: World) -> None:
    url = ready.urls["DATABASE_URL"] + "?options=-csearch_path%3Dpublic"

    refusal = ready.refusal_of("init_databases", DATABASE_URL=url)

    assert "take it out of DATABASE_URL, and give it to the role instead: ALTER ROLE" in refusal


class TestOtherPoolers:
    def test_session_mode_is_told_from_transaction_mode(self, ready: World, home: Path) -> None:
        with pooler(home, ready.server_url, pool_mode="session", default_pool_size=9) as url:
            page = ready.manage("doctor", DATABASE_URL=postgres.with_database(url, ready.names["default"]))

        assert "fltr is behind a pooler in session mode" in page

    def test_statement_mode_is_refused(self, ready: World, home: Path) -> None:
        with pooler(home, ready.server_url, pool_mode="statement") as url:
            refusal = ready.refusal_of(
                "init_databases", DATABASE_URL=postgres.with_database(url, ready.names["default"])
            )

        assert "Set the pooler's pool_mode to transaction" in refusal

    def test_no_pooler_is_named_where_there_is_none(self, ready: World) -> None:
        urls = {
            "DATABASE_URL": postgres.with_database(ready.server_url, ready.names["default"]),
            "AUTH_DATABASE_URL": postgres.with_database(ready.server_url, ready.people),
        }

        assert "pooler" not in ready.manage("doctor", **urls).lower()


def test_databases_that_are_not_there_are_made(world: World, home: Path) -> None:
    with pooler(home, world.server_url) as url:
        new = {alias: f"new_{name}" for alias, name in world.names.items()}

        printed = World(new, world.server_url, url, world.folder).manage("init_databases")

    assert printed.count(": created") == len(new)
