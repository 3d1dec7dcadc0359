"""Totals whose tables somebody dropped: their trigger would refuse every row, also those of what makes them again."""

from typing import Any

from django.conf import settings
from django.db import connections
from django.db.models.signals import pre_migrate
from django.dispatch import receiver

from credits.triggers import LEDGER, totals

# Makes the trigger anew, and counts what is there.
PUTS_UP = ("credits", "0006_totals_kept")


@receiver(pre_migrate)
def free_the_ledger(sender: Any, plan: Any, using: str, **_: Any) -> None:
    """Take the trigger down where what it adds to is gone and a migration is about to put up both."""
    coming = [(migration.app_label, migration.name) for migration, is_undone in plan if not is_undone]
    if sender.label != "credits" or using != settings.AUTH_DB or PUTS_UP not in coming:
        return
    connection = connections[using]
    present = set(connection.introspection.table_names())
    if LEDGER in present and any(each.table not in present for each in totals.ALL):
        with connection.cursor() as cursor:
            on_table = f" ON {LEDGER}" if connection.vendor == "postgresql" else ""
            cursor.execute(f"DROP TRIGGER IF EXISTS {totals.NAME}{on_table}")
