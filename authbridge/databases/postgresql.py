"""What Django does not do on a PostgreSQL server: make a database, and let one process at a time change its tables.

All of it is right behind a pooler, too, which may give every transaction another of the server's sessions.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.postgresql.base import DatabaseWrapper as PostgreSQL
from psycopg import sql

from authbridge.shared.errors import DatabaseNotReady

# Any number will do, as long as every copy of this project takes the same.
ADVISORY_LOCK = 20_716_587
LOCK_TIMEOUT_S, LOOK_EVERY_S = 120.0, 0.2
# PgBouncer looks again for what it did not find after its server_login_retry, which is 15 s.
POOLER_TIMEOUT_S = 30.0
TRY_LOCK = "SELECT pg_try_advisory_xact_lock(%s)"
# To the server, whoever holds the lock does nothing, for as long as migrations take.
LET_WAIT = """
    SELECT set_config(name, '0', true) FROM pg_settings
    WHERE name IN ('idle_in_transaction_session_timeout', 'transaction_timeout')"""
WHO_HOLDS_LOCK = """
    SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted AND classid = 0 AND objid = %s
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"""
STILL_LOCKED = (
    "Another process has been making tables here for two minutes. Wait for it, or if it hangs, stop it, and try again."
    " If no such process runs, a release before this one left its lock with a pooler:"
    " SELECT pg_terminate_backend({pid}); frees it."
)
MAINTENANCE_DATABASE = "postgres"
# The schemas of the search path, in its order: may our user look into each, and make tables there?
SEARCH_PATH = """
    SELECT n.nspname, has_schema_privilege(n.oid, 'USAGE'), has_schema_privilege(n.oid, 'CREATE')
    FROM unnest(string_to_array(translate(current_setting('search_path'), '" ', ''), ','))
        WITH ORDINALITY AS path(name, place)
    JOIN pg_namespace n ON n.nspname = path.name ORDER BY path.place"""


def ensure_database(connection: BaseDatabaseWrapper) -> bool:
    """Make sure that the database exists; return whether it was created. Raises psycopg's errors."""
    try:
        connect(connection).close()
    except psycopg.OperationalError:
        # The server words this failure in its own language, so its list of databases decides what it was.
        if is_known_absent(connection):
            create_database(connection)
            wait_until_known(connection)
            return True
        connect(connection).close()  # A twin may have made it since; else this says again what is wrong.
    return False


def is_known_absent(connection: BaseDatabaseWrapper) -> bool:
    """Tell whether the server can be asked for its databases and has none of this name."""
    name = connection.settings_dict["NAME"]
    try:
        with connect(connection, dbname=MAINTENANCE_DATABASE) as server:
            return server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone() is None
    except psycopg.Error:
        return False


def create_database(connection: BaseDatabaseWrapper) -> None:
    """Create the database, unless a twin just did. A server's own default may be no Unicode at all."""
    name = sql.Identifier(connection.settings_dict["NAME"])
    try:
        with connect(connection, dbname=MAINTENANCE_DATABASE) as server:
            server.execute(sql.SQL("CREATE DATABASE {} ENCODING 'UTF8' TEMPLATE template0").format(name))
    except (psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation):
        return


def wait_until_known(connection: BaseDatabaseWrapper) -> None:
    """Wait for a new database: a pooler lets nobody in for a while where a moment ago there was none."""
    ends_at = time.monotonic() + POOLER_TIMEOUT_S
    while True:
        try:
            connect(connection).close()
            return
        except psycopg.OperationalError:
            if time.monotonic() > ends_at:
                raise
            time.sleep(LOOK_EVERY_S)


@contextmanager
def advisory_lock(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """Hold the server's lock for setting up this database, by a transaction on a connection of its own.

    A session's lock would stay behind with a pooler. Nobody waits for this transaction, since READ COMMITTED sees
    nothing between two statements; a statement that waits for the lock would be waited for by what makes an index
    beside traffic, so a twin asks again and again.
    """
    ends_at = time.monotonic() + LOCK_TIMEOUT_S
    with connect(connection, autocommit=False) as holder:
        holder.isolation_level = psycopg.IsolationLevel.READ_COMMITTED
        while holder.execute(TRY_LOCK, [ADVISORY_LOCK]).fetchone() != (True,):
            if time.monotonic() > ends_at:
                raise DatabaseNotReady(STILL_LOCKED.format(pid=who_holds_lock(holder)))
            holder.rollback()
            time.sleep(LOOK_EVERY_S)
        holder.execute(LET_WAIT)
        yield


def who_holds_lock(connection: "psycopg.Connection[Any]") -> int:
    """Return the server's process that holds the lock, or 0 if it has just been freed."""
    row = connection.execute(WHO_HOLDS_LOCK, [ADVISORY_LOCK]).fetchone()
    return int(row[0]) if row else 0


def where_no_table_can_be_made(connection: BaseDatabaseWrapper) -> str | None:
    """Return the schema that new tables are to go to, if our user may make none there. Raises psycopg's errors."""
    with connect(connection) as server:
        meant = server.execute(SEARCH_PATH.encode()).fetchone()
    return None if meant is None or (meant[1] and meant[2]) else str(meant[0])


def let_go(connection: BaseDatabaseWrapper) -> None:
    """Close a connection, and the pool that it may have come from."""
    connection.close()
    if isinstance(connection, PostgreSQL):
        connection.close_pool()


def connect(connection: BaseDatabaseWrapper, **overrides: Any) -> "psycopg.Connection[Any]":
    """Open a connection besides Django's pool, which would keep trying in the background for minutes."""
    return psycopg.connect(**{**connection.get_connection_params(), "autocommit": True, **overrides})
