from typing import Any

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models.functions import Now

from authbridge.shared.ids import new_id
from authbridge.shared.model_fields import UtcDateTimeField, UuidTextField
from credits.migrations._append_only import CLAIMED, KEPT, REFUSAL, RunSchemaEditor

NAME = "credit_entries_are_kept"


class AddOrKeepField(migrations.AddField):
    """Add a column unless the table has it: a site may have made the table by what it saw of ours."""

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: Any, to_state: Any
    ) -> None:
        connection, model = schema_editor.connection, to_state.apps.get_model(app_label, self.model_name)
        if not self.allow_migrate_model(connection.alias, model):
            return
        with connection.cursor() as cursor:
            there = connection.introspection.get_table_description(cursor, model._meta.db_table)
        if self.name in {column.name for column in there}:
            return
        super().database_forwards(app_label, schema_editor, from_state, to_state)


class CreateOrKeepModel(migrations.CreateModel):
    """Create a table unless it is there, as where its migration was forgotten."""

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: Any, to_state: Any
    ) -> None:
        table = to_state.apps.get_model(app_label, self.name)._meta.db_table
        if table not in schema_editor.connection.introspection.table_names():
            super().database_forwards(app_label, schema_editor, from_state, to_state)


def keep(*columns: str) -> str:
    """Return the trigger by which SQLite keeps these columns of a row as they are."""
    changed = [f"OLD.{name} IS NOT NEW.{name}" for name in columns]
    changed += [f"OLD.{name} IS NOT NULL AND OLD.{name} IS NOT NEW.{name}" for name in CLAIMED]
    return (
        f"CREATE TRIGGER {NAME} BEFORE UPDATE ON credit_transactions WHEN {' OR '.join(changed)}"
        f" BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
    )


def put_up(*columns: str) -> Any:
    """Return what has SQLite keep these columns; PostgreSQL's trigger keeps all there are."""

    def replace(apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
        if schema_editor.connection.vendor == "sqlite":
            schema_editor.execute(f"DROP TRIGGER IF EXISTS {NAME}")
            schema_editor.execute(keep(*columns))

    return replace


class Migration(migrations.Migration):
    """A charge says for which dataset it was; and tables for what rows add up to, which nothing reads or writes yet."""

    dependencies = [("credits", "0004_adjustments")]

    operations = [
        AddOrKeepField(
            model_name="credittransaction", name="dataset_id", field=models.TextField(blank=True, null=True)
        ),
        RunSchemaEditor(put_up(*KEPT.split(", "), "dataset_id"), put_up(*KEPT.split(", "))),
        CreateOrKeepModel(
            name="QuarterTotal",
            fields=[
                ("entries", models.BigIntegerField()),
                ("amount", models.BigIntegerField()),
                ("pk", models.CompositePrimaryKey("account_type", "account_id", "quarter", "type", "operation", "api_key_id", "dataset_id", "user_id", blank=True, editable=False, primary_key=True, serialize=False)),
                ("account_type", models.TextField()),
                ("account_id", models.TextField()),
                ("quarter", UtcDateTimeField()),
                ("type", models.TextField()),
                ("operation", models.TextField()),
                ("api_key_id", models.TextField()),
                ("dataset_id", models.TextField()),
                ("user_id", models.TextField()),
            ],
            options={"db_table": "fltr_quarter_totals"},
        ),
        CreateOrKeepModel(
            name="DayTotal",
            fields=[
                ("entries", models.BigIntegerField()),
                ("amount", models.BigIntegerField()),
                ("pk", models.CompositePrimaryKey("account_type", "account_id", "day", "type", "operation", blank=True, editable=False, primary_key=True, serialize=False)),
                ("account_type", models.TextField()),
                ("account_id", models.TextField()),
                ("day", models.DateField()),
                ("type", models.TextField()),
                ("operation", models.TextField()),
            ],
            options={"db_table": "fltr_day_totals"},
        ),
        CreateOrKeepModel(
            name="KeyTotal",
            fields=[
                ("entries", models.BigIntegerField()),
                ("amount", models.BigIntegerField()),
                ("pk", models.CompositePrimaryKey("api_key_id", "day", blank=True, editable=False, primary_key=True, serialize=False)),
                ("api_key_id", models.TextField()),
                ("day", models.DateField()),
            ],
            options={"db_table": "fltr_key_totals"},
        ),
        CreateOrKeepModel(
            name="LedgerVerification",
            fields=[
                ("id", UuidTextField(default=new_id, editable=False, max_length=36, primary_key=True, serialize=False)),
                ("finished_at", UtcDateTimeField(db_default=Now())),
                ("until", UtcDateTimeField()),
                ("rows", models.BigIntegerField()),
            ],
            options={"db_table": "fltr_verifications", "ordering": ["-finished_at", "-id"]},
        ),
    ]
