from typing import Any

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import F, IntegerField, Q
from django.db.models.functions import Cast

from authbridge.shared.errors import DatabaseNotReady
from credits.migrations._append_only import RunSchemaEditor

NAME = "credit_entries_are_whole"
# PostgreSQL's columns hold nothing else.
PUT_UP = f"""
    CREATE TRIGGER IF NOT EXISTS {NAME} BEFORE INSERT ON credit_transactions
    WHEN typeof(NEW.amount) <> 'integer' OR typeof(NEW.balance_after) NOT IN ('integer', 'null')
    BEGIN SELECT RAISE(ABORT, 'Credits are whole numbers.'); END"""
COLUMNS = {"api_key_credits": ("credits", "daily_limit", "monthly_limit"), "teams": ("credits",)}


def whole(*columns: str) -> Q:
    """Return the condition that each of these columns, where it is not empty, is a whole number."""
    return Q(*(Q(**{column: Cast(F(column), IntegerField())}) for column in columns))


def refuse_parts_of_credits(apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Say what stands in the way: whose credits were broken by an earlier version is for people to decide."""
    for table, columns in COLUMNS.items():
        for column in columns:
            with schema_editor.connection.cursor() as cursor:
                cursor.execute(f"SELECT id, {column} FROM {table} WHERE {column} <> CAST({column} AS integer)")
                row = cursor.fetchone()
            if row:
                raise DatabaseNotReady(
                    f"{table}.{column} of {row[0]} is {row[1]}, and credits are whole numbers. Round it, which comes to"
                    f" UPDATE {table} SET {column} = CAST({column} AS integer) WHERE {column} <> CAST({column} AS"
                    f" integer); and let manage.py verify_ledger tell what that has changed."
                )


def put_up(apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Have SQLite, whose columns hold anything, refuse rows of parts of credits."""
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute(PUT_UP)


def take_down(apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Take the trigger away."""
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute(f"DROP TRIGGER {NAME}")


class AddOrKeepConstraint(migrations.AddConstraint):
    """Add a constraint unless the table has it: the first migration completes tables with all there is today."""

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: Any, to_state: Any
    ) -> None:
        connection = schema_editor.connection
        table = to_state.apps.get_model(app_label, self.model_name)._meta.db_table
        with connection.cursor() as cursor:
            if self.constraint.name in connection.introspection.get_constraints(cursor, table):
                return
        super().database_forwards(app_label, schema_editor, from_state, to_state)


class Migration(migrations.Migration):
    """From here on the database refuses parts of credits."""

    dependencies = [("credits", "0002_append_only")]

    operations = [
        migrations.RunPython(refuse_parts_of_credits, migrations.RunPython.noop),
        AddOrKeepConstraint(
            model_name="apikeycredits",
            constraint=models.CheckConstraint(condition=whole(*COLUMNS["api_key_credits"]), name="api_key_numbers_whole"),
        ),
        AddOrKeepConstraint(
            model_name="team",
            constraint=models.CheckConstraint(condition=whole(*COLUMNS["teams"]), name="team_balance_whole"),
        ),
        RunSchemaEditor(put_up, take_down),
    ]
