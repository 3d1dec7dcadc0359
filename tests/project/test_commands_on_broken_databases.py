"""Commands that a database refuses end with a sentence that leads to the doctor."""

import pytest
from django.core.management import CommandError, call_command
from django.db import connections

pytestmark = pytest.mark.django_db(databases="__all__")

COMMANDS = [
    ("verify_ledger",),
    ("show_user", "alice@example.com"),
    ("grant_credits", "alice@example.com", "5", "--reason", "Thanks"),
    ("issue_session", "alice@example.com"),
    ("reconcile",),
]
# What the last command reads first is in the other database.
TABLES = {"reconcile": ("default", "processing_jobs")}


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_a_missing_table_is_a_matter_for_the_doctor(command, settings):
    settings.DEBUG = True
    drop(*TABLES.get(command[0], (settings.AUTH_DB, "users")))

    with pytest.raises(CommandError, match=r"A database refused: .* Ask manage.py doctor what to do."):
        call_command(*command)


def drop(alias, table):
    connection = connections[alias]
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE {table}" + (" CASCADE" if connection.vendor == "postgresql" else ""))
