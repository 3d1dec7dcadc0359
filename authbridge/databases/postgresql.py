"""What Django does not do on a PostgreSQL server: make a database, and let one process at a time change its tables."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg import sql

# Any number will do, as long as every copy of this project takes the same.
ADVISORY_LOCK = 20_716_587
LOCK_TIMEOUT = "120s"
MAINTENANCE_DATABASE = "postgres"


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
    """Hold the server's lock for setting up this database, on a connection of its own."""
    with connect(connection) as holder:
        holder.execute(f"SET lock_timeout = '{LOCK_TIMEOUT}'")
        holder.execute("SELECT pg_advisory_lock(%s)", [ADVISORY_LOCK])
        yield


def connect(connection: BaseDatabaseWrapper, **overrides: Any) -> "psycopg.Connection[Any]":
    """Open a connection besides Django's pool, which would keep trying in the background for minutes."""
    return psycopg.connect(**{**connection.get_connection_params(), "autocommit": True, **overrides})
