from typing import Any

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

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


def put_up(apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Put up the triggers, which hold changes of documents back until those that are there are counted."""
    vendor = schema_editor.connection.vendor
    for statement in [*FUNCTIONS[vendor].values(), *TRIGGERS[vendor].values()]:
        schema_editor.execute(statement)
    values = ", ".join(
        f"{name} = (SELECT COALESCE(SUM({sql}), 0) FROM documents WHERE documents.dataset_id = datasets.id)"
        for name, sql in added("documents.").items()
    )
    schema_editor.execute(f"UPDATE datasets SET {values}")


def take_down(apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Take the triggers away."""
    vendor = schema_editor.connection.vendor
    for name in TRIGGERS[vendor]:
        schema_editor.execute(f"DROP TRIGGER {name}" + (" ON documents" if vendor == "postgresql" else ""))
    for name in FUNCTIONS[vendor]:
        schema_editor.execute(f"DROP FUNCTION {name}()")


class CountDocuments(migrations.RunPython):
    """Code that asks the database nothing and only executes SQL, which `sqlmigrate` can therefore show."""

    reduces_to_sql = True


class Migration(migrations.Migration):
    """A dataset knows how many of its documents are in which state."""

    dependencies = [("datasets", "0003_fair_queue")]

    operations = [
        *(
            migrations.AddField(
                model_name="dataset",
                name=name,
                field=models.PositiveIntegerField(db_default=0, default=0, editable=False),
            )
            for name in ("documents_in_work", "documents_failed", "documents_answering")
        ),
        CountDocuments(put_up, take_down),
    ]
