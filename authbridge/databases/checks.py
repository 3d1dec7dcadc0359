"""System checks: what of the doctor's examinations is cheap enough for every start."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register, run_checks
from django.db import DatabaseError, connections
from django.db.migrations.executor import MigrationExecutor

from authbridge.databases.doctor.catalog import JOURNAL, Table, read_tables
from authbridge.databases.doctor.columns import examine_vital_columns
from authbridge.databases.doctor.history import find_ghosts
from authbridge.databases.doctor.homes import Catalogs, find_strays
from authbridge.databases.doctor.reach import examine_identity
from authbridge.databases.doctor.urls import examine_order
from authbridge.databases.naming import TABLES_ARE_GONE, aliases
from authbridge.shared.findings import Level

logger = logging.getLogger(__name__)


@register(Tags.database)
def check_databases(*, databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """Read each database's catalog once, and look at it for everything that is cheap to see there."""
    asked = [alias for alias in aliases() if alias in (databases or [])]
    catalogs = {alias: tables for alias in asked if (tables := tables_of(alias)) is not None}
    if len(catalogs) == len(aliases()) and (astray := [*one_database_twice(), *wrong_order(catalogs)]):
        return astray
    found = [*home_of_users(catalogs), *drift(catalogs.get(settings.AUTH_DB, {})), *ghosts(catalogs)]
    return found if len(catalogs) < len(aliases()) else [*found, *strays(catalogs)]


def home_of_users(catalogs: Catalogs) -> Iterator[CheckMessage]:
    """Say it when DATABASE_URL names Better Auth's database and AUTH_DATABASE_URL is missing."""
    tables = catalogs.get("default", {})
    if settings.AUTH_DB != "default" or not {"users", "sessions"} <= tables.keys() or "datasets" in tables:
        return
    yield Warning(
        "DATABASE_URL names a database that holds Better Auth's tables, and AUTH_DATABASE_URL is not set.",
        hint=(
            "In the Next.js site DATABASE_URL means fltr_auth. Set AUTH_DATABASE_URL to this database and"
            " DATABASE_URL to fltr; leave it so only if one database shall hold everything."
        ),
        id="authbridge.W001",
    )


def ghosts(catalogs: Catalogs) -> Iterator[CheckMessage]:
    """Find tables that were dropped; no error, since `migrate` asks too, and may be about to make them again."""
    for alias in [alias for alias, tables in catalogs.items() if JOURNAL in tables]:
        for found in find_ghosts(alias, MigrationExecutor(connections[alias]), catalogs[alias]):
            yield Warning(found.message, hint=found.advice, id=TABLES_ARE_GONE)


def drift(tables: Mapping[str, Table]) -> Iterator[CheckMessage]:
    """Find out at once when the site has changed a column that every call needs."""
    for found in examine_vital_columns(tables):
        yield Error(found.message, hint=found.advice, id="authbridge.E002")


def one_database_twice() -> Iterator[CheckMessage]:
    """Find one database under two addresses."""
    for found in examine_identity():
        yield Error(found.message, hint=found.advice, id="authbridge.E001")


def wrong_order(catalogs: Catalogs) -> Iterator[CheckMessage]:
    """Find the site's database under the name of ours, before anything is made in either."""
    for found in examine_order(catalogs):
        yield Error(found.message, hint=found.advice, id="authbridge.E003")


def strays(catalogs: Catalogs) -> Iterator[CheckMessage]:
    """Find copies of tables where their home is not."""
    for alias, tables in catalogs.items():
        for found in find_strays(alias, tables):
            if found.level is not Level.GREEN:
                yield Warning(found.message, hint=found.advice, id="authbridge.W002")


def tables_of(alias: str) -> dict[str, Table] | None:
    """Return a database's tables; None if it does not answer."""
    try:
        return read_tables(alias)
    except DatabaseError:
        return None


def log_database_checks() -> None:
    """Write what the checks find into the log of a process that was started without them."""
    try:
        for message in run_checks(tags=[Tags.database], databases=aliases()):
            logger.warning("Databases: %s %s", message.msg, message.hint or "")
    finally:
        for alias in aliases():
            connections[alias].close()
