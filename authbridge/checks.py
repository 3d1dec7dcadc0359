"""System checks: what of the doctor's examinations is cheap enough for every start."""

import logging
from collections.abc import Iterator, Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register, run_checks
from django.db import DatabaseError, connections

from authbridge.doctor.catalog import Table, aliases, read_tables
from authbridge.doctor.columns import examine_vital_columns
from authbridge.doctor.findings import Finding, Level
from authbridge.doctor.homes import find_strays
from authbridge.doctor.reach import examine_identity

logger = logging.getLogger(__name__)


@register(Tags.database)
def check_home_of_users(*, databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """Say it when DATABASE_URL names Better Auth's database and AUTH_DATABASE_URL is missing."""
    tables = tables_of("default", databases)
    if settings.AUTH_DB != "default" or not {"users", "sessions"} <= tables.keys() or "datasets" in tables:
        return []
    return [
        Warning(
            "DATABASE_URL names a database that holds Better Auth's tables, and AUTH_DATABASE_URL is not set.",
            hint=(
                "In the Next.js site DATABASE_URL means fltr_auth. Set AUTH_DATABASE_URL to this database and"
                " DATABASE_URL to fltr; leave it so only if one database shall hold everything."
            ),
            id="authbridge.W001",
        )
    ]


@register(Tags.database)
def check_homes(*, databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """Find one database under two addresses, and copies of tables where their home is not."""
    if not set(aliases()) <= set(databases or []):
        return []
    twice = [Error(found.message, hint=found.advice, id="authbridge.E001") for found in examine_identity()]
    strays = [stray for alias in aliases() for stray in strays_in(alias, databases)]
    return [*twice, *(Warning(found.message, hint=found.advice, id="authbridge.W002") for found in strays)]


def strays_in(alias: str, databases: Sequence[str] | None) -> Iterator[Finding]:
    """Find copies in one database, as far as it answers."""
    return find_strays(alias, tables_of(alias, databases))


@register(Tags.database)
def check_vital_columns(*, databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """Find out at once when the site has changed a column that every call needs."""
    found = examine_vital_columns(tables_of(settings.AUTH_DB, databases))
    return [Error(f.message, hint=f.advice, id="authbridge.E002") for f in found if f.level is Level.RED]


def tables_of(alias: str, databases: Sequence[str] | None) -> dict[str, Table]:
    """Return a database's tables; none if it is not to be asked, or does not answer."""
    if alias not in (databases or []):
        return {}
    try:
        return read_tables(alias)
    except DatabaseError:
        return {}


def log_database_checks() -> None:
    """Write what the checks find into the log of a process that was started without them."""
    try:
        for message in run_checks(tags=[Tags.database], databases=aliases()):
            logger.warning("Databases: %s %s", message.msg, message.hint or "")
    finally:
        for alias in aliases():
            connections[alias].close()
