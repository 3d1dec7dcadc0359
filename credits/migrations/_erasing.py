"""The triggers that keep the ledger let its free text be erased. How they are to stand today is in
credits/triggers/append_only.py; what a migration did stays what it did.
"""

from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from credits.migrations._append_only import CLAIMED, FUNCTIONS, KEPT, REFUSAL

NAME, FUNCTION = "credit_entries_are_kept", "refuse_ledger_rewrite"
LET_ERASE = f"""
    CREATE OR REPLACE FUNCTION {FUNCTION}() RETURNS trigger LANGUAGE plpgsql
        SET search_path = pg_catalog AS $$
        DECLARE
            kept record;
        BEGIN
            IF TG_OP = 'UPDATE' THEN
                kept := NEW;
                kept.metadata := OLD.metadata;
                IF kept *= OLD AND OLD.metadata::text !~ '^[{{]"erased": "[0-9a-f]{{64}}"[}}]$'
                    AND NEW.metadata::text = '{{"erased": "'
                        || encode(sha256(convert_to(OLD.metadata::text, 'UTF8')), 'hex') || '"}}'
                THEN
                    RETURN NEW;
                END IF;
            END IF;
            RAISE EXCEPTION '{REFUSAL}' USING ERRCODE = 'restrict_violation';
        END $$"""
# OR REPLACE takes away whatever has one of these, and fires no trigger for deleting.
IS_THERE = (
    "EXISTS (SELECT 1 FROM credit_transactions WHERE id = NEW.id OR rowid = NEW.rowid OR account_type ="
    " NEW.account_type AND account_id = NEW.account_id AND idempotency_key = NEW.idempotency_key)"
)
NOT_REPLACED = "credit_entries_are_not_replaced"
REFUSE_TO_REPLACE = (
    f"CREATE TRIGGER {NOT_REPLACED} BEFORE INSERT ON credit_transactions WHEN {IS_THERE}"
    f" BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
)
COLUMNS = (*KEPT.split(", "), "dataset_id")


def is_erased(row: str) -> str:
    """Return SQLite's condition that a row's text has the form of a digest."""
    return (
        f"(typeof({row}.metadata) = 'text' AND length(CAST({row}.metadata AS blob)) = 78"
        f""" AND {row}.metadata GLOB '{{"erased": "*"}}' AND substr({row}.metadata, 13, 64) NOT GLOB '*[^0-9a-f]*')"""
    )


def keep(changed: list[str]) -> str:
    """Return the trigger by which SQLite refuses a row that is changed so."""
    return (
        f"CREATE TRIGGER {NAME} BEFORE UPDATE ON credit_transactions WHEN {' OR '.join(changed)}"
        f" BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
    )


def are_changed(columns: tuple[str, ...]) -> list[str]:
    """Return the conditions that these columns are changed, or an account that was there."""
    changed = [f"OLD.{name} IS NOT NEW.{name}" for name in columns]
    return changed + [f"OLD.{name} IS NOT NULL AND OLD.{name} IS NOT NEW.{name}" for name in CLAIMED]


def let_erase(apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Let a row's text become its digest, and nothing else, nor SQLite's OR REPLACE take a row away."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(LET_ERASE)
        return
    erasing = f"(OLD.metadata IS NOT NULL AND NOT {is_erased('OLD')} AND {is_erased('NEW')})"
    others = (*(name for name in COLUMNS if name != "metadata"), "rowid")
    take_down(schema_editor)
    schema_editor.execute(REFUSE_TO_REPLACE)
    schema_editor.execute(keep([*are_changed(others), f"OLD.metadata IS NOT NEW.metadata AND {erasing} IS NOT TRUE"]))


def refuse_all(apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Refuse every change, as before."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(FUNCTIONS[FUNCTION])
        return
    take_down(schema_editor)
    schema_editor.execute(keep(are_changed(COLUMNS)))


def take_down(schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Take away SQLite's triggers that are made here."""
    for name in (NAME, NOT_REPLACED):
        schema_editor.execute(f"DROP TRIGGER IF EXISTS {name}")
