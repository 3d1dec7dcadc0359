"""What Django does not do on a PostgreSQL server: make a database, and let one process at a time change its tables."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg import sql

from authbridge.shared.errors import DatabaseNotReady

# Any number will do, as long as every copy of this project takes the same.
ADVISORY_LOCK = 20_716_587
LOCK_TIMEOUT_S, LOOK_EVERY_S = 120.0, 0.2
STILL_LOCKED = (
    "Another process has been making tables here for two minutes. Wait for it, or if it hangs, stop it, and try again."
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


@contextmanager
def advisory_lock(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """Hold the server's lock for setting up this database, on a connection of its own.

    A twin asks again and again: a statement that waits would be waited for by what makes an index beside traffic.
    """
    ends_at = time.monotonic() + LOCK_TIMEOUT_S
    with connect(connection) as holder:
        while holder.execute("SELECT pg_try_advisory_lock(%s)", [ADVISORY_LOCK]).fetchone() != (True,):
            if time.monotonic() > ends_at:
                raise DatabaseNotReady(STILL_LOCKED)
            time.sleep(LOOK_EVERY_S)
        yield


def where_no_table_can_be_made(connection: BaseDatabaseWrapper) -> str | None:
    """Return the schema that new tables are to go to, if our user may make none there. Raises psycopg's errors."""
    with connect(connection) as server:
        meant = server.execute(SEARCH_PATH.encode()).fetchone()
    return None if meant is None or (meant[1] and meant[2]) else str(meant[0])


def connect(connection: BaseDatabaseWrapper, **overrides: Any) -> "psycopg.Connection[Any]":
    """Open a connection besides Django's pool, which would keep trying in the background for minutes."""
    return psycopg.connect(**{**connection.get_connection_params(), "autocommit": True, **overrides})
