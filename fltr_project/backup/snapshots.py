"""One point over two databases that know no common transaction.

Whatever is paid goes intent, money, work, so it is the ledger that both must agree about. For a moment nobody may
write it, and both snapshots are opened within that moment: the ledger is then as it was when fltr's was opened. Only
one table is held, so nobody can be waited for who waits for us.
"""

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import psycopg
from django.conf import settings
from django.db import connections

from authbridge.databases import postgresql
from authbridge.databases.naming import aliases, describe, explained
from authbridge.shared.failpoints import reached
from fltr_project.backup.errors import Refused
from fltr_project.backup.stores import PostgreSQL, SQLite, Store
from fltr_project.reset.dropping import who_uses

LEDGER = "credit_transactions"
# Who writes waits as long as we wait for others, and then until we are done or, should we hang, the server ends it.
LOCK_TIMEOUT_S, HELD_AT_MOST_S = 4, 1
ATTEMPTS, PAUSE_S = 5, 2.0
LOCK_REFUSED = (psycopg.errors.LockNotAvailable, psycopg.errors.IdleInTransactionSessionTimeout)


class InUse(Exception):
    """Somebody writes the ledger and does not come to an end."""


@dataclass(frozen=True, slots=True)
class Point:
    """Both databases as they were at one moment, by alias, and for how long writers of the ledger were kept waiting."""

    stores: dict[str, Store]
    taken_at: datetime
    held_s: float


@contextmanager
def one_point() -> Iterator[Point]:
    """Open snapshots of all databases at one moment. Raises Refused if the ledger cannot be had for it."""
    with ExitStack() as stack:
        for attempt in range(ATTEMPTS):
            try:
                point = open_snapshots(stack)
                break
            except InUse:
                stack.close()
                if attempt + 1 < ATTEMPTS:
                    time.sleep(PAUSE_S)
        else:
            raise Refused(never_free())
        for store in point.stores.values():
            if isinstance(store, PostgreSQL):
                store.settle()
        yield point


def open_snapshots(stack: ExitStack) -> Point:
    """Connect, and then, while nobody writes the ledger, have each connection see what is there now."""
    readers = {alias: reader(alias, stack) for alias in aliases()}
    began = time.monotonic()
    with explained(settings.AUTH_DB), ledger_held():
        taken_at = datetime.now(UTC)
        reached("backup:held")
        for look in readers.values():
            look.begin()
    return Point({alias: look.store for alias, look in readers.items()}, taken_at, time.monotonic() - began)


@dataclass(frozen=True, slots=True)
class Reader:
    """A connection that has not looked yet, and what makes it look."""

    store: Store
    begin: Callable[[], Any]


def reader(alias: str, stack: ExitStack) -> Reader:
    """Connect to a database for reading; it stays connected as long as the stack."""
    with explained(alias):
        if connections[alias].vendor == "sqlite":
            file = stack.enter_context(closing(connect_to_file(alias)))
            return Reader(SQLite(file), lambda: begin_reading(file))
        server = stack.enter_context(closing(postgresql.connect(connections[alias], autocommit=False)))
        server.isolation_level, server.read_only = psycopg.IsolationLevel.REPEATABLE_READ, True
        # What it sees is settled by the first question, not by its beginning.
        return Reader(PostgreSQL(server), lambda: server.execute("SELECT 1"))


def begin_reading(file: sqlite3.Connection) -> None:
    """Have a file's connection see what is there now, until it is closed."""
    file.execute("BEGIN")
    file.execute("SELECT 1 FROM sqlite_master").fetchone()


@contextmanager
def ledger_held() -> Iterator[None]:
    """Keep everybody from writing the ledger in this block. Raises InUse where somebody does and goes on doing so."""
    hold = file_held if connections[settings.AUTH_DB].vendor == "sqlite" else table_held
    with hold(settings.AUTH_DB):
        yield


@contextmanager
def file_held(alias: str) -> Iterator[None]:
    """Hold SQLite's lock for writing."""
    with closing(connect_to_file(alias)) as file:
        try:
            file.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            raise InUse from error
        yield


@contextmanager
def table_held(alias: str) -> Iterator[None]:
    """Hold PostgreSQL's lock on the table, in a transaction of its own; if this process hangs, the server ends it."""
    server = postgresql.connect(connections[alias], autocommit=False)
    try:
        with server:
            server.execute(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT_S}s'".encode())
            server.execute(f"SET LOCAL idle_in_transaction_session_timeout = '{HELD_AT_MOST_S}s'".encode())
            server.execute(f"LOCK TABLE {LEDGER} IN SHARE MODE".encode())
            yield
    except psycopg.Error as error:
        if server.broken or isinstance(error, LOCK_REFUSED):
            raise InUse from error
        raise


def connect_to_file(alias: str) -> sqlite3.Connection:
    """Open an SQLite file that is there."""
    name = connections[alias].settings_dict["NAME"]
    return sqlite3.connect(f"file:{quote(str(name))}?mode=rw", uri=True, timeout=LOCK_TIMEOUT_S, isolation_level=None)


def never_free() -> str:
    """Say who is in the way."""
    alias = settings.AUTH_DB
    users = who_uses(alias, [LEDGER]) if connections[alias].vendor == "postgresql" else ()
    who = "; ".join(users) or "somebody"
    return (
        f"The ledger in {describe(alias)} is written by {who}, and that does not come to an end."
        " Wait for it, or stop it, and try again."
    )
