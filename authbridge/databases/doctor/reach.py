"""Can both databases be reached, which URL is which, and are they really two?"""

import os
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings
from django.db import DatabaseError, connections

from authbridge.databases import postgresql
from authbridge.databases.doctor.catalog import Table, read_tables
from authbridge.databases.naming import URL_NAMES, advice, aliases, describe, quoted, title, user_of
from authbridge.shared.errors import first_line
from authbridge.shared.findings import Finding, Level, green, red, run_in

OLDEST_POSTGRESQL = 140_000
FACTS = """
    SELECT current_setting('server_version'), current_setting('server_version_num')::int, pg_encoding_to_char(encoding),
        current_setting('transaction_read_only')
    FROM pg_database WHERE datname = current_database()"""
# No URL can hide it: the server's start to the microsecond, and the database's number in it.
IDENTITY = "SELECT pg_postmaster_start_time(), oid FROM pg_database WHERE datname = current_database()"


def examine_databases(chosen: Collection[str] | None = None) -> tuple[list[Finding], dict[str, dict[str, Table]]]:
    """Say of each database, or of these, whether it answers and where it is; return the tables of those that do."""
    examined = [alias for alias in aliases() if chosen is None or alias in chosen]
    findings: list[Finding] = []
    catalogs: dict[str, dict[str, Table]] = {}
    for alias in examined:
        found = examine_database(alias)
        if found.level is Level.GREEN:
            try:
                catalogs[alias] = read_tables(alias)
            except DatabaseError as error:
                found = red("reach", f"{which(alias)}: it cannot be read: {first_line(error)}.", advice(alias, error))
        findings.append(found)
    return findings, catalogs


def examine_database(alias: str) -> Finding:
    """Look whether one database is there."""
    return examine_file(alias) if connections[alias].vendor == "sqlite" else examine_server(alias)


def examine_file(alias: str) -> Finding:
    """Look for an SQLite file without making it."""
    path = Path(connections[alias].settings_dict["NAME"])
    if not path.is_file():
        return red("reach", f"{which(alias)}: there is no such file.", "manage.py init_databases makes it.")
    if not (os.access(path, os.R_OK | os.W_OK) and os.access(path.parent, os.W_OK)):
        return red("reach", f"{which(alias)}: it cannot be written.", advice(alias, PermissionError()))
    return green("reach", which(alias))


def examine_server(alias: str) -> Finding:
    """Connect to PostgreSQL, besides Django's pool, and look at what answers."""
    try:
        with postgresql.connect(connections[alias]) as connection:
            version, number, encoding, read_only = fetch_one(connection, FACTS)
            hidden = [name for name, may_look, _ in connection.execute(postgresql.SEARCH_PATH.encode()) if not may_look]
    except psycopg.Error as error:
        return red("reach", f"{which(alias)}: it does not let us in: {first_line(error)}.", advice(alias, error))
    if number < OLDEST_POSTGRESQL:
        return red("reach", f"{which(alias)} is PostgreSQL {version}.", "Upgrade it to PostgreSQL 14 or newer.")
    if encoding != "UTF8":
        return red(
            "reach",
            f"{which(alias)} keeps text as {encoding}, so most languages cannot be stored.",
            advice_on_encoding(alias),
        )
    if hidden:
        return red(
            "reach",
            f'{which(alias)}: the user "{user_of(alias)}" may not look into the schema {hidden[0]}.',
            run_in(
                title(alias),
                f"GRANT USAGE ON SCHEMA {quoted(hidden[0])} TO {quoted(user_of(alias))}",
                "whoever owns the schema",
            ),
        )
    if read_only == "on":
        return red(
            "reach",
            f"{which(alias)}: it can only be read.",
            "It is a standby, or default_transaction_read_only is on, as some set it while a disk is full: name the"
            " primary, or let it write again.",
        )
    return green("reach", f"{which(alias)}, version {version.split()[0]}")


def advice_on_encoding(alias: str) -> str:
    """Say how a database of UTF-8 comes to be beside the one that is not."""
    if alias == settings.AUTH_DB:
        return f"The site has to move it to one with ENCODING 'UTF8'; then name that in {URL_NAMES[alias]}."
    name = f"{connections[alias].settings_dict['NAME']}_utf8"
    sql = f"CREATE DATABASE {quoted(name)} OWNER {quoted(user_of(alias))} ENCODING 'UTF8' TEMPLATE template0"
    return (
        f"{run_in('any database', sql, 'an administrator')} Put a dump of this one into that, if there is anything to"
        f" keep, and set {URL_NAMES[alias]} to it. Then manage.py init_databases makes what is missing."
    )


def which(alias: str) -> str:
    """Say which setting names which database, without its password."""
    database, name = connections[alias].settings_dict, URL_NAMES[alias]
    both = " and fltr_auth at once" if settings.AUTH_DB == "default" else ""
    if connections[alias].vendor == "sqlite":
        return f"{title(alias)}{both}: {describe(alias)}"
    user = f', user "{database["USER"]}"' if database["USER"] else ""
    password = ", password ***" if database["PASSWORD"] else ""
    return f"{name} is {title(alias)}{both}: {describe(alias)}{user}{password}"


def examine_identity() -> Iterator[Finding]:
    """Find two URLs that name one database, however differently they are spelled."""
    if not is_one_database_twice():
        return
    yield red(
        "identity",
        "DATABASE_URL and AUTH_DATABASE_URL name the same database by different addresses."
        " Django would record migrations there that it never ran.",
        "Give fltr a database of its own in DATABASE_URL, or unset AUTH_DATABASE_URL to keep everything in one.",
    )


def is_one_database_twice() -> bool:
    """Tell whether both aliases lead to one PostgreSQL database; an unreachable one is not known to."""
    wanted = aliases()
    if len(wanted) < 2 or any(connections[alias].vendor != "postgresql" for alias in wanted):
        return False
    try:
        identities = [identity_of(alias) for alias in wanted]
    except psycopg.Error:
        return False
    return identities[0] == identities[1]


def identity_of(alias: str) -> tuple[Any, ...]:
    """Return what no two databases share."""
    with postgresql.connect(connections[alias]) as connection:
        return fetch_one(connection, IDENTITY)


def fetch_one(connection: "psycopg.Connection[Any]", sql: str) -> tuple[Any, ...]:
    """Run a query that always has one row."""
    row = connection.execute(sql.encode()).fetchone()
    if row is None:
        raise psycopg.DataError("The server answered nothing.")
    return tuple(row)
