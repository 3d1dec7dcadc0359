"""How many documents a dataset has, and in which states: triggers keep it with each document, whoever writes it.

Migrations put them up from their own copy, and a test compares. One that has SQLite build `documents` or `datasets`
anew takes them down before, and puts them up again.
"""

from typing import Any

from django.db import connections

ACTIVE = "{row}lifecycle = 'active'"
# What a document adds to each column of its dataset.
COUNTED = {
    "document_count": ACTIVE,
    "documents_in_work": f"{ACTIVE} AND {{row}}status IN ('pending', 'processing')",
    "documents_failed": f"{ACTIVE} AND {{row}}status = 'failed'",
    "documents_answering": f"{ACTIVE} AND ({{row}}status = 'ready' OR {{row}}version > 0)",
}
FUNCTION = "count_documents"
NAMES = {event: f"documents_are_counted_after_{event}" for event in ("insert", "update", "delete")}


def added(row: str) -> dict[str, str]:
    """Return what a row adds, by column."""
    return {name: f"CASE WHEN {condition.format(row=row)} THEN 1 ELSE 0 END" for name, condition in COUNTED.items()}


def sums(table: str, sign: str) -> str:
    """Return the query for what the rows of a statement add, or take away, by dataset."""
    columns = ", ".join(f"SUM({sign}({sql})) AS {name}" for name, sql in added("").items())
    return f"SELECT dataset_id, {columns} FROM {table} GROUP BY dataset_id"


def change(*sources: str) -> str:
    """Return PostgreSQL's UPDATE of the datasets for which these make a difference."""
    columns = ", ".join(f"SUM({name}) AS {name}" for name in COUNTED)
    differs = " OR ".join(f"SUM({name}) <> 0" for name in COUNTED)
    values = ", ".join(f"{name} = datasets.{name} + change.{name}" for name in COUNTED)
    return (
        f"UPDATE datasets SET {values} FROM (SELECT dataset_id, {columns} FROM ({' UNION ALL '.join(sources)}) AS rows"
        f" GROUP BY dataset_id HAVING {differs}) AS change WHERE datasets.id = change.dataset_id"
    )


def step(row: str, sign: str) -> str:
    """Return SQLite's UPDATE for one row that comes or goes."""
    values = ", ".join(f"{name} = {name} {sign} {sql}" for name, sql in added(f"{row}.").items())
    return f"UPDATE datasets SET {values} WHERE id = {row}.dataset_id;"


FUNCTIONS = {
    "postgresql": {
        FUNCTION: f"""
        CREATE OR REPLACE FUNCTION {FUNCTION}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF TG_OP = 'INSERT' THEN {change(sums("come", ""))};
        ELSIF TG_OP = 'DELETE' THEN {change(sums("gone", "-"))};
        ELSE {change(sums("come", ""), sums("gone", "-"))};
        END IF; RETURN NULL; END $$"""
    },
    "sqlite": {},
}
TRIGGERS = {
    "postgresql": {
        NAMES[event]: f"""
            CREATE OR REPLACE TRIGGER {NAMES[event]} AFTER {event.upper()} ON documents REFERENCING {tables}
            FOR EACH STATEMENT EXECUTE FUNCTION {FUNCTION}()"""
        for event, tables in {
            "insert": "NEW TABLE AS come",
            "update": "NEW TABLE AS come OLD TABLE AS gone",
            "delete": "OLD TABLE AS gone",
        }.items()
    },
    "sqlite": {
        NAMES[event]: f"""
            CREATE TRIGGER IF NOT EXISTS {NAMES[event]} AFTER {when} ON documents BEGIN {steps} END"""
        for event, (when, steps) in {
            "insert": ("INSERT", step("NEW", "+")),
            "update": ("UPDATE OF lifecycle, status, version, dataset_id", f"{step('OLD', '-')} {step('NEW', '+')}"),
            "delete": ("DELETE", step("OLD", "-")),
        }.items()
    },
}


def wrong_counts() -> list[Any]:
    """Return the ids of the datasets of which more or fewer documents were kept in mind than there are."""
    differs = " OR ".join(f"{name} <> {sql}" for name, sql in counted().items())
    with connections["default"].cursor() as cursor:
        cursor.execute(f"SELECT id FROM datasets WHERE {differs} ORDER BY id")
        return [id for (id,) in cursor.fetchall()]


def counted() -> dict[str, str]:
    """Return the SQL that counts each column of a dataset anew."""
    return {
        name: f"(SELECT COALESCE(SUM({sql}), 0) FROM documents WHERE documents.dataset_id = datasets.id)"
        for name, sql in added("documents.").items()
    }


def count_anew(dataset_id: Any) -> None:
    """Count a dataset's documents anew; its row is locked by the caller."""
    values = ", ".join(f"{name} = {sql}" for name, sql in counted().items())
    with connections["default"].cursor() as cursor:
        cursor.execute(f"UPDATE datasets SET {values} WHERE id = %s", [dataset_id])


def count_all_anew() -> None:
    """Count the documents of all datasets anew, of which none may change meanwhile."""
    values = ", ".join(f"{name} = {sql}" for name, sql in counted().items())
    with connections["default"].cursor() as cursor:
        cursor.execute(f"UPDATE datasets SET {values}")
