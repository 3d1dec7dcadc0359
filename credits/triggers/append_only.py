"""Triggers by which the database itself keeps the ledger: no row is changed or deleted, each has an account and is of
whole credits. Of a row's free text alone the digest may take the place: see credits/free_text.py.

This is how they are to stand, for whoever looks whether they do, mends them or takes them away. Migrations put them up,
each from its own copy; one that changes a trigger, or has SQLite build the table anew (any AlterField), puts them up
again. A test compares.
"""

from credits.models import CreditTransaction

REFUSAL = "Rows of credit_transactions are never changed or deleted; a correction is a new row."
# What the triggers of PostgreSQL call; SQLite's have their bodies in them. Rows are compared as they are stored, with
# all columns that the site has added, and by nobody else's functions and operators.
FUNCTIONS: dict[str, dict[str, str]] = {
    "postgresql": {
        "claim_credit_entry": """
        CREATE OR REPLACE FUNCTION claim_credit_entry() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            NEW.account_type := 'user';
            NEW.account_id := NEW.user_id;
            RETURN NEW;
        END $$""",
        "refuse_ledger_rewrite": f"""
        CREATE OR REPLACE FUNCTION refuse_ledger_rewrite() RETURNS trigger LANGUAGE plpgsql
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
        END $$""",
    },
    "sqlite": {},
}
# SQLite cannot fill a row before it is there, so what refuses changes must let that one through.
CLAIMED = ("account_type", "account_id")
COLUMNS = [field.column for field in CreditTransaction._meta.local_fields]


def is_erased(row: str) -> str:
    """Return the condition that a row's text has the form of a digest.

    SQLite has no function to compare it with: Django's is on its own connections only.
    """
    return (
        f"(typeof({row}.metadata) = 'text' AND length(CAST({row}.metadata AS blob)) = 78"
        f""" AND {row}.metadata GLOB '{{"erased": "*"}}' AND substr({row}.metadata, 13, 64) NOT GLOB '*[^0-9a-f]*')"""
    )


# OR REPLACE takes away whatever has one of these, and fires no trigger for deleting.
IS_THERE = (
    "EXISTS (SELECT 1 FROM credit_transactions WHERE id = NEW.id OR rowid = NEW.rowid OR account_type ="
    " NEW.account_type AND account_id = NEW.account_id AND idempotency_key = NEW.idempotency_key)"
)
IS_BEING_ERASED = f"(OLD.metadata IS NOT NULL AND NOT {is_erased('OLD')} AND {is_erased('NEW')})"
IS_CHANGED = " OR ".join(
    [f"OLD.{name} IS NOT NEW.{name}" for name in (*COLUMNS, "rowid") if name not in (*CLAIMED, "metadata")]
    + [f"OLD.{name} IS NOT NULL AND OLD.{name} IS NOT NEW.{name}" for name in CLAIMED]
    + [f"OLD.metadata IS NOT NEW.metadata AND {IS_BEING_ERASED} IS NOT TRUE"]
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
        "credit_entries_are_somebodys": """
            CREATE TRIGGER IF NOT EXISTS credit_entries_are_somebodys AFTER INSERT ON credit_transactions
            WHEN NEW.account_type IS NULL BEGIN UPDATE credit_transactions
            SET account_type = 'user', account_id = user_id WHERE account_type IS NULL AND id = NEW.id; END""",
        "credit_entries_are_kept": f"""
            CREATE TRIGGER IF NOT EXISTS credit_entries_are_kept BEFORE UPDATE ON credit_transactions WHEN {IS_CHANGED}
            BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END""",
        "credit_entries_are_not_deleted": f"""
            CREATE TRIGGER IF NOT EXISTS credit_entries_are_not_deleted BEFORE DELETE ON credit_transactions
            BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END""",
        "credit_entries_are_not_replaced": f"""
            CREATE TRIGGER IF NOT EXISTS credit_entries_are_not_replaced BEFORE INSERT ON credit_transactions
            WHEN {IS_THERE} BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END""",
        "credit_entries_are_whole": """
            CREATE TRIGGER IF NOT EXISTS credit_entries_are_whole BEFORE INSERT ON credit_transactions
            WHEN typeof(NEW.amount) <> 'integer' OR typeof(NEW.balance_after) NOT IN ('integer', 'null')
            BEGIN SELECT RAISE(ABORT, 'Credits are whole numbers.'); END""",
    },
}
