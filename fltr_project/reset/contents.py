"""What a database holds: the tables that would go, counted, and those that stay."""

from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings
from django.db import OperationalError, ProgrammingError, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from authbridge.databases import postgresql
from authbridge.databases.doctor.catalog import count_rows
from authbridge.databases.doctor.history import may_read_drizzle_journal
from credits.services.resetting import pooled_credits
from fltr_project.reset.wish import Wish

DJANGOS_JOURNAL = "django_migrations"
DRIZZLES_SCHEMA, DRIZZLES_JOURNAL = "drizzle", "__drizzle_migrations"


@dataclass(slots=True)
class Contents:
    """What a database holds: rows by table of what goes, and the names of what stays."""

    going: dict[str, int] = field(default_factory=dict)
    staying: list[str] = field(default_factory=list)
    has_drizzle_journal: bool = False
    pooled_credits: int = 0


def look_at(alias: str, wish: Wish) -> Contents:
    """Count the rows of what would be dropped. Raises Django's and psycopg's errors."""
    connection = connections[alias]
    if is_absent(connection):
        return Contents()
    try:
        return count_tables(alias, wish)
    except (OperationalError, ProgrammingError):
        if connection.connection is None:
            raise
        # A twin may have dropped one since they were listed.
        return count_tables(alias, wish)


def count_tables(alias: str, wish: Wish) -> Contents:
    """List what is there and count it."""
    present = present_tables(alias)
    going = sorted(present & wish.tables(alias))
    return Contents(
        going={table: count_rows(alias, table) for table in going},
        staying=sorted(present - set(going) - {DJANGOS_JOURNAL}),
        has_drizzle_journal=has_drizzle_journal(alias),
        pooled_credits=pooled_credits(going) if alias == settings.AUTH_DB else 0,
    )


def is_absent(connection: BaseDatabaseWrapper) -> bool:
    """Tell whether there is no such database yet; connecting to a file would make it."""
    if connection.vendor == "sqlite":
        return not Path(connection.settings_dict["NAME"]).exists()
    return postgresql.is_known_absent(connection)


def has_drizzle_journal(alias: str) -> bool:
    """Tell whether the site's migrations have run on this database."""
    return connections[alias].vendor == "postgresql" and may_read_drizzle_journal(alias) is not None


def present_tables(alias: str) -> set[str]:
    """Return the tables of a database."""
    return set(connections[alias].introspection.table_names())
