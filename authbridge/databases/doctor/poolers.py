"""Does something stand between us and a PostgreSQL server that lends its sessions out, and for how long?"""

from collections.abc import Iterator, Mapping
from enum import Enum, auto
from typing import Any

import psycopg
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from authbridge.databases import postgresql
from authbridge.databases.doctor.catalog import Table
from authbridge.databases.naming import STATEMENT_MODE, advice, title
from authbridge.shared.findings import Finding, green, red

# On a pooler that many use, one look may happen upon the session it had before.
LOOKS = 3


class Pooling(Enum):
    """For how long a connection of ours keeps a session of the server."""

    NONE = auto()
    SESSION = auto()
    TRANSACTION = auto()


def examine_pooler(alias: str, tables: Mapping[str, Table]) -> Iterator[Finding]:
    """Name a pooler and say what it changes; without one there is nothing to say."""
    if connections[alias].vendor != "postgresql":
        return
    try:
        pooling = find_pooling(connections[alias])
    except psycopg.Error as error:
        if STATEMENT_MODE not in str(error):
            raise
        yield red("pooler", f"{title(alias)} is behind a pooler in statement mode.", advice(alias, error))
        return
    if pooling is Pooling.TRANSACTION:
        yield green(
            "pooler",
            f"{title(alias)} is behind a pooler in transaction mode, where all of FLTR works. init_databases and"
            " migrate need three of its connections at once; pg_dump needs the server's own address.",
        )
    elif pooling is Pooling.SESSION:
        yield green(
            "pooler",
            f"{title(alias)} is behind a pooler in session mode: each of our connections takes one of the server's for"
            " as long as it is open. FLTR needs no more than transaction mode.",
        )


def find_pooling(connection: BaseDatabaseWrapper) -> Pooling:
    """Compare the session that was promised with those that answer. Raises psycopg's errors."""
    with postgresql.connect(connection) as ours, postgresql.connect(connection) as another:
        for _ in range(LOOKS):
            first = session_of(ours)
            if first == ours.info.backend_pid:
                return Pooling.NONE
            with another.transaction():
                # Whoever gets the session that we had, or sees us get another, knows that we had not kept it.
                if session_of(another) == first or session_of(ours) != first:
                    return Pooling.TRANSACTION
    return Pooling.SESSION


def session_of(connection: "psycopg.Connection[Any]") -> int:
    """Return the server's process that answers."""
    row = connection.execute("SELECT pg_backend_pid()").fetchone()
    return int(row[0]) if row else 0
