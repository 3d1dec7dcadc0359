"""Triggers by which the database itself keeps the ledger: no row is changed or deleted, and every row has an account.

A row that the site inserts names only its user: it becomes one of the user's own account. How they are to stand today
is in credits/triggers/append_only.py.
"""

from typing import Any

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

REFUSAL = "Rows of credit_transactions are never changed or deleted; a correction is a new row."
CLAIM_ROWS = "UPDATE credit_transactions SET account_type = 'user', account_id = user_id WHERE account_type IS NULL"

FUNCTIONS = {
    "claim_credit_entry": """
        CREATE OR REPLACE FUNCTION claim_credit_entry() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            NEW.account_type := 'user';
            NEW.account_id := NEW.user_id;
            RETURN NEW;
        END $$""",
    "refuse_ledger_rewrite": f"""
        CREATE OR REPLACE FUNCTION refuse_ledger_rewrite() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION '{REFUSAL}' USING ERRCODE = 'restrict_violation';
        END $$""",
}
# SQLite cannot fill a row before it is there, so what refuses changes must let that one through.
CLAIMED = ("account_type", "account_id")
KEPT = (
    "id, user_id, team_id, amount, type, operation, resource_id, api_key_id, metadata, created_at, idempotency_key,"
    " balance_after, refund_of"
)
IS_CHANGED = " OR ".join(
    [f"OLD.{name} IS NOT NEW.{name}" for name in KEPT.split(", ")]
    + [f"OLD.{name} IS NOT NULL AND OLD.{name} IS NOT NEW.{name}" for name in CLAIMED]
)
TRIGGERS = {
    "postgresql": {
        "credit_entries_are_somebodys": """
            CREATE OR REPLACE TRIGGER credit_entries_are_somebodys BEFORE INSERT ON credit_transactions
            FOR EACH ROW WHEN (NEW.account_type IS NULL) EXECUTE FUNCTION claim_credit_entry()""",
        "credit_entries_are_kept": """
            CREATE OR REPLACE TRIGGER credit_entries_are_kept BEFORE UPDATE OR DELETE ON credit_transactions
            FOR EACH ROW EXECUTE FUNCTION refuse_ledger_rewrite()""",
        "credit_entries_are_not_truncated": """
            CREATE OR REPLACE TRIGGER credit_entries_are_not_truncated BEFORE TRUNCATE ON credit_transactions
            FOR EACH STATEMENT EXECUTE FUNCTION refuse_ledger_rewrite()""",
    },
    "sqlite": {
        "credit_entries_are_somebodys": f"""
            CREATE TRIGGER IF NOT EXISTS credit_entries_are_somebodys AFTER INSERT ON credit_transactions
            WHEN NEW.account_type IS NULL BEGIN {CLAIM_ROWS} AND id = NEW.id; END""",
        "credit_entries_are_kept": f"""
            CREATE TRIGGER IF NOT EXISTS credit_entries_are_kept BEFORE UPDATE ON credit_transactions WHEN {IS_CHANGED}
            BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END""",
        "credit_entries_are_not_deleted": f"""
            CREATE TRIGGER IF NOT EXISTS credit_entries_are_not_deleted BEFORE DELETE ON credit_transactions
            BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END""",
    },
}


class RunSchemaEditor(migrations.RunPython):
    """Code that asks the database nothing and only executes SQL, which `sqlmigrate` can therefore show."""

    reduces_to_sql = True


def put_up(apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Give rows without an account to their users, then put up the triggers that are not there."""
    schema_editor.execute(CLAIM_ROWS)
    vendor = schema_editor.connection.vendor
    for statement in [*functions_of(vendor).values(), *TRIGGERS[vendor].values()]:
        schema_editor.execute(statement)


def take_down(apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Take the triggers away."""
    vendor = schema_editor.connection.vendor
    for name in TRIGGERS[vendor]:
        schema_editor.execute(drop_trigger(vendor, name))
    for name in functions_of(vendor):
        schema_editor.execute(f"DROP FUNCTION {name}()")


def drop_trigger(vendor: str, name: str) -> str:
    """Return the SQL that takes one trigger away."""
    return f"DROP TRIGGER {name}" + (" ON credit_transactions" if vendor == "postgresql" else "")


def functions_of(vendor: str) -> dict[str, str]:
    """Return the functions that the triggers call, by name; SQLite's have their bodies in them."""
    return FUNCTIONS if vendor == "postgresql" else {}
