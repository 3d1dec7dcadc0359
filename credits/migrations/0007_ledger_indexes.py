from typing import Any

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import F, Q

# A ledger of this size has its index in less than a second, for which charges may wait.
SMALL_BYTES = 50 * 1024**2


class AddIndexBeside(migrations.AddIndex):
    """Add an index while charges go on, unless it is there; what an earlier attempt left half done is made anew."""

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: Any, to_state: Any
    ) -> None:
        model = to_state.apps.get_model(app_label, self.model_name)
        if not self.allow_migrate_model(schema_editor.connection.alias, model):
            return
        look = look_in_postgresql if schema_editor.connection.vendor == "postgresql" else look_in_sqlite
        is_there, is_whole, options = look(schema_editor, self.index.name)
        if is_there and not is_whole:
            schema_editor.execute(f"DROP INDEX {self.index.name}")
        if not is_whole:
            schema_editor.add_index(model, self.index, **options)


def look_in_postgresql(schema_editor: BaseDatabaseSchemaEditor, name: str) -> tuple[bool, bool, dict[str, Any]]:
    """Return whether an index is there, and whole, and how to make it."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT pg_table_size('credit_transactions')")
        [size] = cursor.fetchone()
        cursor.execute("SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(%s)", [name])
        found = cursor.fetchone()
    return found is not None, found == (True,), {"concurrently": size > SMALL_BYTES}


def look_in_sqlite(schema_editor: BaseDatabaseSchemaEditor, name: str) -> tuple[bool, bool, dict[str, Any]]:
    """Return the same of SQLite, where an index is whole or not there."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM sqlite_master WHERE type = 'index' AND name = %s", [name])
        found = cursor.fetchone()
    return bool(found), bool(found), {}


class Migration(migrations.Migration):
    """The ledger's rows are found by time, by what they were for, and within an account by type and operation."""

    atomic = False

    dependencies = [("credits", "0006_totals_kept")]

    operations = [
        AddIndexBeside(
            model_name="credittransaction",
            index=models.Index(F("created_at").desc(), F("id").desc(), name="credit_entry_by_time"),
        ),
        AddIndexBeside(
            model_name="credittransaction",
            index=models.Index(condition=Q(resource_id__isnull=False), fields=["resource_id"], name="credit_entry_by_resource"),
        ),
        AddIndexBeside(
            model_name="credittransaction",
            index=models.Index("type", F("created_at").desc(), F("id").desc(), condition=~Q(type="usage"), name="credit_entry_of_type"),
        ),
        AddIndexBeside(
            model_name="credittransaction",
            index=models.Index("account_type", "account_id", "type", F("created_at").desc(), F("id").desc(), condition=~Q(type="usage"), name="credit_entry_by_type"),
        ),
        AddIndexBeside(
            model_name="credittransaction",
            index=models.Index("account_type", "account_id", "operation", F("created_at").desc(), F("id").desc(), name="credit_entry_by_operation"),
        ),
    ]
