"""Triggers by which the database itself keeps the audit trail. How they are to stand today is in
credits/triggers/audit.py; what a migration did stays what it did.
"""

from typing import Any

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

REFUSAL = "Entries of fltr_audit are never changed or deleted."
FUNCTION = "refuse_audit_rewrite"
FUNCTIONS = {
    "postgresql": [
        f"""
        CREATE OR REPLACE FUNCTION {FUNCTION}() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION '{REFUSAL}' USING ERRCODE = 'restrict_violation';
        END $$"""
    ],
    "sqlite": [],
}
TRIGGERS = {
    "postgresql": {
        "audit_entries_are_kept": f"""
            CREATE OR REPLACE TRIGGER audit_entries_are_kept BEFORE UPDATE OR DELETE ON fltr_audit
            FOR EACH ROW EXECUTE FUNCTION {FUNCTION}()""",
        "audit_entries_are_not_truncated": f"""
            CREATE OR REPLACE TRIGGER audit_entries_are_not_truncated BEFORE TRUNCATE ON fltr_audit
            FOR EACH STATEMENT EXECUTE FUNCTION {FUNCTION}()""",
    },
    "sqlite": {
        "audit_entries_are_kept": f"""
            CREATE TRIGGER IF NOT EXISTS audit_entries_are_kept BEFORE UPDATE ON fltr_audit
            BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END""",
        "audit_entries_are_not_deleted": f"""
            CREATE TRIGGER IF NOT EXISTS audit_entries_are_not_deleted BEFORE DELETE ON fltr_audit
            BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END""",
        # What INSERT OR REPLACE deletes fires no trigger for deleting.
        "audit_entries_are_not_replaced": f"""
            CREATE TRIGGER IF NOT EXISTS audit_entries_are_not_replaced BEFORE INSERT ON fltr_audit
            WHEN EXISTS (SELECT 1 FROM fltr_audit WHERE id = NEW.id)
            BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END""",
    },
}


class CreateOrKeepModel(migrations.CreateModel):
    """Create a table unless it is there, as where its migration was forgotten."""

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: Any, to_state: Any
    ) -> None:
        table = to_state.apps.get_model(app_label, self.name)._meta.db_table
        if table not in schema_editor.connection.introspection.table_names():
            super().database_forwards(app_label, schema_editor, from_state, to_state)


def put_up(apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Put up the triggers that are not there."""
    vendor = schema_editor.connection.vendor
    for statement in [*FUNCTIONS[vendor], *TRIGGERS[vendor].values()]:
        schema_editor.execute(statement)


def take_down(apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Take the triggers away."""
    vendor = schema_editor.connection.vendor
    for name in TRIGGERS[vendor]:
        schema_editor.execute(f"DROP TRIGGER {name}" + (" ON fltr_audit" if vendor == "postgresql" else ""))
    if FUNCTIONS[vendor]:
        schema_editor.execute(f"DROP FUNCTION {FUNCTION}()")
