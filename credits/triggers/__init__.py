"""All that stands on the ledger's table, for whoever looks whether it does, mends it or takes it away."""

from django.conf import settings
from django.db import connections

from credits.triggers import append_only, totals

KEEPING, TOTALLING = append_only.TRIGGERS, totals.TRIGGERS
ACTIVE = {
    "postgresql": "SELECT tgname FROM pg_trigger"
    " WHERE tgrelid = 'credit_transactions'::regclass AND tgenabled IN ('O', 'A')",
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'credit_transactions'",
}


def functions(vendor: str) -> list[str]:
    """Return the names of the functions that triggers call; SQLite's have their bodies in them."""
    return [*append_only.FUNCTIONS[vendor], *totals.FUNCTIONS[vendor]]


def statement(name: str, vendor: str) -> str:
    """Return the SQL that puts up one trigger."""
    return (KEEPING[vendor] | TOTALLING[vendor])[name]


def functions_for(name: str, vendor: str) -> list[str]:
    """Return the SQL of the functions without which a trigger cannot be put up, where this release makes them."""
    return list(totals.FUNCTIONS[vendor].values()) if name in TOTALLING[vendor] else []


def missing(triggers: dict[str, dict[str, str]]) -> list[str]:
    """Return those of these triggers that are not there, or are disabled."""
    connection = connections[settings.AUTH_DB]
    with connection.cursor() as cursor:
        cursor.execute(ACTIVE[connection.vendor])
        active = {name for (name,) in cursor.fetchall()}
    return sorted(set(triggers[connection.vendor]) - active)
