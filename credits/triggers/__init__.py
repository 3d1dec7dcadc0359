"""All that stands on the ledger's table and on the audit trail's, for whoever looks whether it does, mends it or takes
it away.
"""

from django.conf import settings
from django.db import connections

from authbridge.shared.triggers import missing_triggers
from credits.models import AuditEntry, CreditTransaction
from credits.triggers import append_only, audit, totals

LEDGER, AUDIT = CreditTransaction._meta.db_table, AuditEntry._meta.db_table
KEEPING, TOTALLING, AUDITING = append_only.TRIGGERS, totals.TRIGGERS, audit.TRIGGERS


def functions(vendor: str) -> list[str]:
    """Return the names of the functions that triggers call; SQLite's have their bodies in them."""
    return [*append_only.FUNCTIONS[vendor], *totals.FUNCTIONS[vendor], *audit.FUNCTIONS[vendor]]


def statement(name: str, vendor: str) -> str:
    """Return the SQL that puts up one trigger."""
    return (KEEPING[vendor] | TOTALLING[vendor] | AUDITING[vendor])[name]


def functions_for(name: str, vendor: str) -> list[str]:
    """Return the SQL of the functions without which a trigger cannot be put up."""
    made = ((KEEPING, append_only.FUNCTIONS), (TOTALLING, totals.FUNCTIONS), (AUDITING, audit.FUNCTIONS))
    return [sql for triggers, functions in made if name in triggers[vendor] for sql in functions[vendor].values()]


def missing(triggers: dict[str, dict[str, str]], table: str = LEDGER) -> list[str]:
    """Return those of these triggers of a table that are not there, or are disabled."""
    return missing_triggers(settings.AUTH_DB, table, triggers[connections[settings.AUTH_DB].vendor])
