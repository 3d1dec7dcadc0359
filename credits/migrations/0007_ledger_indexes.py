from typing import Any

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import F, Q


class AddIndexBeside(migrations.AddIndex):
    """Add an index while charges go on, unless it is there; what an earlier attempt left half done is made anew."""

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: Any, to_state: Any
    ) -> None:
        model = to_state.apps.get_model(app_label, self.model_name)
        if not self.allow_migrate_model(schema_editor.connection.alias, model):
            return
        if schema_editor.connection.vendor == "postgresql":
            with schema_editor.connection.cursor() as cursor:
                cursor.execute("SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(%s)", [self.index.name])
                found = cursor.fetchone()
            if found == (True,):
                return
            if found:
                schema_editor.execute(f"DROP INDEX CONCURRENTLY {self.index.name}")
            schema_editor.add_index(model, self.index, concurrently=True)  # type: ignore[call-arg]
        elif self.index.name not in constraints_of(schema_editor, model):
            schema_editor.add_index(model, self.index)


def constraints_of(schema_editor: BaseDatabaseSchemaEditor, model: type[models.Model]) -> dict[str, Any]:
    """Return what a table has of indexes and constraints."""
    with schema_editor.connection.cursor() as cursor:
        return schema_editor.connection.introspection.get_constraints(cursor, model._meta.db_table)


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
