"""Triggers that a table is to have: are they there, how do they come back, and what is left when the table goes."""

from collections.abc import Iterable

from django.db import connections

ACTIVE = {
    "postgresql": "SELECT tgname FROM pg_trigger WHERE tgrelid = '{table}'::regclass AND tgenabled IN ('O', 'A')",
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = '{table}'",
}
DISABLED = (
    "SELECT 1 FROM pg_trigger WHERE tgrelid = '{table}'::regclass AND tgname = %s AND tgenabled NOT IN ('O', 'A')"
)


def missing_triggers(alias: str, table: str, names: Iterable[str]) -> list[str]:
    """Return those of these triggers of a table that are not there, or are disabled."""
    connection = connections[alias]
    with connection.cursor() as cursor:
        cursor.execute(ACTIVE[connection.vendor].format(table=table))
        return sorted(set(names) - {name for (name,) in cursor.fetchall()})


def way_back(alias: str, table: str, name: str, *statements: str) -> str:
    """Return the SQL by which a trigger comes back, on one line: enabled, or if it is gone, made by these."""
    connection = connections[alias]
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(DISABLED.format(table=table), [name])
            if cursor.fetchone():
                return f"ALTER TABLE {table} ENABLE TRIGGER {name}"
    return "; ".join(" ".join(sql.split()) for sql in statements)


def drop_functions(alias: str, names: Iterable[str]) -> None:
    """Take away what triggers called whose tables were dropped; a trigger goes with its table, its function stays."""
    with connections[alias].cursor() as cursor:
        for name in names:
            cursor.execute(f"DROP FUNCTION IF EXISTS {name}()")
