"""Let tests that commit empty the ledger, which the database refuses to everybody."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.conf import settings
from django.db import connections

from credits.migrations import _append_only, _totals
from credits.migrations._append_only import drop_trigger
from credits.triggers.append_only import FUNCTIONS, TRIGGERS

LEDGER = "credit_transactions"


def let_flush_empty_the_ledger(patch: pytest.MonkeyPatch) -> None:
    """Have Django's flush take the triggers away, in its own transaction, for as long as it works."""
    operations = type(connections[settings.AUTH_DB].ops)
    patch.setattr(operations, "sql_flush", flushing(operations.sql_flush))


def flushing(sql_flush: Callable[..., list[str]]) -> Callable[..., list[str]]:
    """Wrap Django's function that writes the statements of a flush."""

    def sql_flush_of_the_ledger_too(self: Any, style: Any, tables: list[str], **options: Any) -> list[str]:
        statements = sql_flush(self, style, tables, **options)
        if LEDGER not in tables:
            return statements
        triggers = TRIGGERS[self.connection.vendor]
        down = [drop_trigger(self.connection.vendor, name) for name in triggers]
        return [*down, *statements, *triggers.values()]

    return sql_flush_of_the_ledger_too


def put_up(using: str, **_: Any) -> None:
    """Put up the triggers, which only migrations make; later ones brought what is not in their first copy."""
    if using == settings.AUTH_DB:
        vendor = connections[using].vendor
        with connections[using].schema_editor() as editor:
            _append_only.put_up(None, editor)
            for statement in FUNCTIONS[vendor].values():
                editor.execute(statement)
            for name, statement in TRIGGERS[vendor].items():
                editor.execute(drop_trigger(vendor, name).replace("TRIGGER", "TRIGGER IF EXISTS"))
                editor.execute(statement)
            _totals.put_up_trigger(connections[using])


@contextmanager
def without_triggers() -> Iterator[None]:
    """Let a test do to the ledger what the database refuses."""
    connection = connections[settings.AUTH_DB]
    triggers = TRIGGERS[connection.vendor]
    with connection.cursor() as cursor:
        for name in triggers:
            cursor.execute(drop_trigger(connection.vendor, name))
        yield
        for statement in triggers.values():
            cursor.execute(statement)
