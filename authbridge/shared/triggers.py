"""Triggers that a table is to have: are they there, how do they come back, and what is left when the table goes."""

from collections.abc import Iterable

from django.db import connections

ACTIVE = {
    "postgresql": "SELECT tgname FROM pg_trigger WHERE tgrelid = '{table}'::regclass AND tgenabled IN ('O', 'A')",
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = '{table}'",
}


def missing_triggers(alias: str, table: str, names: Iterable[str]) -> list[str]:
    """Return those of these triggers of a table that are not there, or are disabled."""
    connection = connections[alias]
    with connection.cursor() as cursor:
        cursor.execute(ACTIVE[connection.vendor].format(table=table))
        return sorted(set(names) - {name for (name,) in cursor.fetchall()})


def way_back(table: str, name: str, *statements: str) -> str:
    """Say how a trigger comes back: enabled, or if it is gone, made by these statements, on one line."""
    made = "; ".join(" ".join(sql.split()) for sql in statements)
    return f"ALTER TABLE {table} ENABLE TRIGGER {name}; or, if it is gone: {made};"


def drop_functions(alias: str, names: Iterable[str]) -> None:
    """Take away what triggers called whose tables were dropped; a trigger goes with its table, its function stays."""
    with connections[alias].cursor() as cursor:
        for name in names:
            cursor.execute(f"DROP FUNCTION IF EXISTS {name}()")
