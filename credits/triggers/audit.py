"""Triggers by which the database itself keeps the audit trail: an entry is never changed, replaced or deleted.

As with those of the ledger, a migration puts them up from its own copy, and a test compares.
"""

REFUSAL = "Entries of fltr_audit are never changed or deleted."
FUNCTION = "refuse_audit_rewrite"
FUNCTIONS = {
    "postgresql": {
        FUNCTION: f"""
        CREATE OR REPLACE FUNCTION {FUNCTION}() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION '{REFUSAL}' USING ERRCODE = 'restrict_violation';
        END $$"""
    },
    "sqlite": {},
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
