"""Let tests that commit empty the ledger and the audit trail, which the database refuses to everybody."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.conf import settings
from django.db import connections

from credits.migrations import _append_only, _audit, _totals
from credits.triggers import append_only, audit

LEDGER, AUDIT = "credit_transactions", "fltr_audit"
TRIGGERS = {LEDGER: append_only.TRIGGERS, AUDIT: audit.TRIGGERS}


def drop_trigger(vendor: str, name: str, table: str = LEDGER) -> str:
    """Return the SQL that takes one trigger away, if it is there."""
    return f"DROP TRIGGER IF EXISTS {name}" + (f" ON {table}" if vendor == "postgresql" else "")


def let_flush_empty_the_ledger(patch: pytest.MonkeyPatch) -> None:
    """Have Django's flush take the triggers away, in its own transaction, for as long as it works."""
    operations = type(connections[settings.AUTH_DB].ops)
    patch.setattr(operations, "sql_flush", flushing(operations.sql_flush))


def flushing(sql_flush: Callable[..., list[str]]) -> Callable[..., list[str]]:
    """Wrap Django's function that writes the statements of a flush."""

    def sql_flush_of_what_is_kept_too(self: Any, style: Any, tables: list[str], **options: Any) -> list[str]:
        statements, vendor = sql_flush(self, style, tables, **options), self.connection.vendor
        kept = {table: triggers[vendor] for table, triggers in TRIGGERS.items() if table in tables}
        down = [drop_trigger(vendor, name, table) for table, triggers in kept.items() for name in triggers]
        return [*down, *statements, *(sql for triggers in kept.values() for sql in triggers.values())]

    return sql_flush_of_what_is_kept_too


def put_up(using: str, **_: Any) -> None:
    """Put up the triggers, which only migrations make; later ones brought what is not in their first copy."""
    if using == settings.AUTH_DB:
        vendor = connections[using].vendor
        with connections[using].schema_editor() as editor:
            _append_only.put_up(None, editor)
            for statement in append_only.FUNCTIONS[vendor].values():
                editor.execute(statement)
            for name, statement in append_only.TRIGGERS[vendor].items():
                editor.execute(drop_trigger(vendor, name))
                editor.execute(statement)
            _audit.put_up(None, editor)
            _totals.put_up_trigger(connections[using])


@contextmanager
def without_triggers(table: str = LEDGER) -> Iterator[None]:
    """Let a test do to the ledger, or to the audit trail, what the database refuses."""
    connection = connections[settings.AUTH_DB]
    triggers = TRIGGERS[table][connection.vendor]
    with connection.cursor() as cursor:
        for name in triggers:
            cursor.execute(drop_trigger(connection.vendor, name, table))
        yield
        for statement in triggers.values():
            cursor.execute(statement)
