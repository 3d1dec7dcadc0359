"""Dropping the tables of one database, and saying what stands in the way."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import psycopg
from django.conf import settings
from django.db import Error, connections

from authbridge.databases import postgresql
from authbridge.databases.better_auth import TABLES as BETTER_AUTH
from authbridge.databases.better_auth import create_auth_tables
from authbridge.databases.naming import describe
from fltr_project.reset.contents import (
    DJANGOS_JOURNAL,
    DRIZZLES_JOURNAL,
    DRIZZLES_SCHEMA,
    Contents,
    has_drizzle_journal,
    present_tables,
)
from fltr_project.reset.wish import Wish

LOCK_TIMEOUT = "5s"
LOCK_NOT_AVAILABLE, DEPENDENTS_EXIST = "55P03", "2BP01"
WHO_HOLDS_TABLES = """
    SELECT DISTINCT a.pid, a.usename, COALESCE(a.application_name, ''), COALESCE(a.state, '')
    FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid JOIN pg_class c ON c.oid = l.relation
    WHERE l.granted AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND c.relname = ANY(%s) AND a.pid <> pg_backend_pid() ORDER BY a.pid"""


class CannotDrop(Exception):
    """Tables are in use, or something that is not ours depends on them; the message says which and what to do."""


def drop(alias: str, wish: Wish) -> Contents:
    """Drop what is there, in the caller's transaction; return what went."""
    with explained(alias, sorted(wish.tables(alias))):
        contents = Contents(going=dict.fromkeys(sorted(present_tables(alias) & wish.tables(alias)), 0))
        contents.has_drizzle_journal = has_drizzle_journal(alias)
        drop_tables(alias, list(contents.going))
        forget_migrations(alias, wish.forgotten_apps(alias))
        if wish.including_auth_tables and alias == settings.AUTH_DB:
            leave_to_their_owner(alias, contents)
    return contents


def leave_to_their_owner(alias: str, contents: Contents) -> None:
    """See that somebody makes Better Auth's tables anew: the site, if its journal says that it did, or we at once."""
    if contents.has_drizzle_journal:
        drop_drizzle_journal(alias)
    elif contents.going.keys() & BETTER_AUTH.keys():
        create_auth_tables()


def drop_tables(alias: str, tables: Sequence[str]) -> None:
    """Drop tables together, and nothing that hangs on them: neither others' tables and views nor their constraints."""
    connection = connections[alias]
    names = [connection.ops.quote_name(table) for table in tables]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'")
            statements = [f"DROP TABLE {', '.join(names)}"] if names else []
        else:
            # Each is emptied before it goes, which their references to each other would forbid in any order.
            statements = ["PRAGMA defer_foreign_keys = ON", *(f"DROP TABLE {name}" for name in names)]
        for statement in statements:
            cursor.execute(statement)
        if connection.vendor == "sqlite":
            # Left to the commit, it would find out when the other database has committed already.
            cursor.execute("PRAGMA foreign_key_check")
            if bereft := sorted({child for child, _, parent, _ in cursor.fetchall() if parent in tables}):
                raise CannotDrop(f"In {describe(alias)} rows of {', '.join(bereft)} refer to what would be dropped.")


def forget_migrations(alias: str, apps: set[str]) -> None:
    """Have Django forget that it has migrated these apps; its journal goes when nothing is left in it."""
    if DJANGOS_JOURNAL not in present_tables(alias):
        return
    with connections[alias].cursor() as cursor:
        cursor.execute(f"DELETE FROM {DJANGOS_JOURNAL} WHERE app IN ({', '.join(['%s'] * len(apps))})", sorted(apps))
        cursor.execute(f"SELECT COUNT(*) FROM {DJANGOS_JOURNAL}")
        if cursor.fetchone()[0] == 0:
            cursor.execute(f"DROP TABLE {DJANGOS_JOURNAL}")


def drop_drizzle_journal(alias: str) -> None:
    """Have Drizzle forget its migrations; its schema goes if nothing else is in it."""
    with connections[alias].cursor() as cursor:
        cursor.execute(f"DROP TABLE {DRIZZLES_SCHEMA}.{DRIZZLES_JOURNAL}")
        cursor.execute("SELECT COUNT(*) FROM pg_class WHERE relnamespace = %s::regnamespace", [DRIZZLES_SCHEMA])
        if cursor.fetchone()[0] == 0:
            cursor.execute(f"DROP SCHEMA {DRIZZLES_SCHEMA}")


@contextmanager
def explained(alias: str, tables: Sequence[str]) -> Iterator[None]:
    """Turn what stands in the way into a sentence."""
    try:
        yield
    except Error as error:
        cause = error.__cause__
        if connections[alias].vendor == "sqlite" and "locked" in str(error):
            raise CannotDrop(f"{describe(alias)} is in use by another program. Stop it first.") from error
        if getattr(cause, "sqlstate", None) == LOCK_NOT_AVAILABLE:
            users = "; ".join(who_uses(alias, tables)) or "somebody who has just left"
            raise CannotDrop(f"Tables of {describe(alias)} are in use by {users}. Stop that first.") from error
        if isinstance(cause, psycopg.Error) and cause.sqlstate == DEPENDENTS_EXIST:
            detail = (cause.diag.message_detail or str(cause)).replace("\n", "; ")
            raise CannotDrop(
                f"In {describe(alias)} something that is not FLTR's hangs on these tables: {detail}. Nothing"
                " was dropped: ask whoever made it to part it from them."
            ) from error
        raise


def who_uses(alias: str, tables: Sequence[str]) -> Iterator[str]:
    """Yield who holds locks on these tables."""
    with postgresql.connect(connections[alias]) as server:
        for pid, user, program, state in server.execute(WHO_HOLDS_TABLES, [list(tables)]):
            yield f"process {pid} of {user}" + (f" ({', '.join(filter(None, (program, state)))})" if state else "")
