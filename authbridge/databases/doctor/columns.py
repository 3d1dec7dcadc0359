"""Does every column that we use exist, with a type that we can read?"""

from collections.abc import Iterator, Mapping

from django.conf import settings
from django.db import connections, models
from django.db.models import Field, Model

from authbridge.databases.doctor.catalog import Column, Table, fields_of, models_at
from authbridge.databases.naming import quoted, start_over, title
from authbridge.models import Session, User
from authbridge.selectors import USER_COLUMNS
from authbridge.shared.findings import Finding, green, red, run_in
from authbridge.shared.model_fields import TextIdField, UtcDateTimeField

TEXT = {"text", "character varying", "varchar", "character", "char", "citext"}
# By the first kind of field that fits: the type to have, and those that can be read as well.
KINDS: tuple[tuple[type[Field], str, set[str]], ...] = (
    (TextIdField, "text", TEXT | {"uuid"}),
    (UtcDateTimeField, "timestamp", {"timestamp without time zone", "timestamp with time zone"}),
    (models.DateTimeField, "timestamptz", {"timestamp with time zone"}),
    (models.JSONField, "jsonb", {"jsonb"}),
    (models.UUIDField, "uuid", {"uuid"}),
    (models.BooleanField, "boolean", {"boolean"}),
    (models.SmallIntegerField, "integer", {"smallint", "integer", "bigint"}),
    (models.BigIntegerField, "bigint", {"bigint"}),
    (models.IntegerField, "integer", {"integer", "bigint"}),
    (models.FloatField, "double precision", {"double precision"}),
    (models.DecimalField, "numeric", {"numeric"}),
    (models.CharField, "text", TEXT),
    (models.TextField, "text", TEXT),
)
TEXT_OF_SQLITE = TEXT | {"uuid"}
SQLITE: dict[str, set[str]] = {
    "text": TEXT_OF_SQLITE,
    "uuid": TEXT_OF_SQLITE,
    "jsonb": TEXT_OF_SQLITE | {"json", "jsonb"},
    "timestamp": {"datetime", "timestamp", "text"},
    "timestamptz": {"datetime", "timestamp", "text"},
    "boolean": {"bool", "boolean", "integer"},
    "integer": {"integer", "int", "integer unsigned", "bigint", "bigint unsigned", "smallint", "smallint unsigned"},
    "bigint": {"integer", "int", "bigint", "bigint unsigned"},
    "double precision": {"real", "double", "float"},
    "numeric": {"decimal", "numeric"},
}
# Without these no call can be answered; of other columns only some page or other needs to know.
VITAL = {User: USER_COLUMNS, Session: ("token", "expires_at", "user_id")}


def examine_columns(alias: str, tables: Mapping[str, Table]) -> Iterator[Finding]:
    """Look at every table whose home this is; absent tables are somebody else's business."""
    here = [model for model in models_at(alias) if model._meta.db_table in tables]
    problems = [problem for model in here for problem in problems_of(alias, model, tables[model._meta.db_table])]
    yield from problems
    if not problems:
        yield green("columns", f"{title(alias)}: all columns of {len(here)} tables are there and can be read.")
    yield from examine_id_types(tables if alias == settings.AUTH_DB else {})
    for model in here:
        if extra := tables[model._meta.db_table].keys() - fields_of(model).keys():
            yield green("columns", f"{model._meta.db_table} has more columns than we know: {', '.join(sorted(extra))}.")


def examine_vital_columns(tables: Mapping[str, Table]) -> Iterator[Finding]:
    """Look only at what every call needs: cheap enough for each start."""
    for model, names in VITAL.items():
        if table := tables.get(model._meta.db_table):
            fields = fields_of(model)
            for name in names:
                yield from problems_of_column(settings.AUTH_DB, model, fields[name], table.get(name))
    yield from examine_id_types(tables)


def problems_of(alias: str, model: type[Model], table: Table) -> Iterator[Finding]:
    """Compare one table with its model."""
    for name, field in fields_of(model).items():
        yield from problems_of_column(alias, model, field, table.get(name))
    if model._meta.managed:
        yield from obstacles_to_inserts(alias, model, table)


def problems_of_column(alias: str, model: type[Model], field: Field, column: Column | None) -> Iterator[Finding]:
    """Compare one column with its field."""
    name, kind = f"{model._meta.db_table}.{field.column}", kind_of(field)
    if column is None:
        yield red("columns", f"{title(alias)} has no column {name}.", advice_to_add(model, field))
    elif kind and column.type not in readable(alias, *kind):
        yield red(
            "columns",
            f"{name} is {column.type or 'of no type'}, which cannot be read as {kind[0]}.",
            advice_to_change(alias, model, field, column, kind[0]),
        )
    elif model._meta.managed and field.null and not column.nullable and not column.has_default:
        yield red(
            "columns",
            f"{name} refuses to be empty, and rows of ours may leave it so.",
            advice_to_loosen(alias, model, column.name),
        )


def obstacles_to_inserts(alias: str, model: type[Model], table: Table) -> Iterator[Finding]:
    """Find columns that are not ours and that no row of ours could fill."""
    known = fields_of(model)
    for column in table.values():
        if column.name not in known and not column.nullable and not column.has_default:
            yield red(
                "columns",
                f"{model._meta.db_table}.{column.name} is not known here, must be filled and has no default,"
                " so no row of ours can be inserted.",
                "Whoever added it has to give it a default, or let it be empty, which comes to this."
                f" {advice_to_loosen(alias, model, column.name)}",
            )


def kind_of(field: Field) -> tuple[str, set[str]] | None:
    """Return the type that a field wants and those it can read; None for what nobody but us ever makes."""
    if isinstance(field, models.ForeignKey):
        return kind_of(field.target_field)
    for field_class, wanted, others in KINDS:
        if isinstance(field, field_class):
            return wanted, others
    return None


def readable(alias: str, wanted: str, others: set[str]) -> set[str]:
    """Return the types that can be read on this kind of database."""
    return SQLITE[wanted] if connections[alias].vendor == "sqlite" else others


def advice_to_add(model: type[Model], field: Field) -> str:
    """Say how a missing column comes back."""
    if model._meta.managed:
        return (
            "Run manage.py init_databases. If that finds nothing to do, the column was dropped after it was made:"
            f" restore {model._meta.db_table}, and nothing else, from a backup."
        )
    return (
        f"Add {field.column} to {model._meta.db_table} in the site's Drizzle schema and run its migrations,"
        " or install the version of this service that does without it."
    )


def advice_to_change(alias: str, model: type[Model], field: Field, column: Column, wanted: str) -> str:
    """Say how a column gets another type."""
    if not model._meta.managed:
        return f"Make it {wanted} in the site's Drizzle schema and run its migrations."
    if connections[alias].vendor == "sqlite":
        return f"SQLite cannot change it: {start_over(alias)}"
    table, name = model._meta.db_table, quoted(column.name)
    sql = f"ALTER TABLE {table} ALTER COLUMN {name} TYPE {wanted} USING {converted(column, wanted)}"
    return f"{run_in(title(alias), sql, 'whoever owns the table')} Change the site's Drizzle schema too, if it has it."


def converted(column: Column, wanted: str) -> str:
    """Return the value of a column in another type: of times without a zone as UTC, and never rounded."""
    name = quoted(column.name)
    if column.type == "timestamp without time zone":
        return f"{name} AT TIME ZONE 'UTC'"
    if column.type in ("numeric", "real", "double precision") and wanted in ("integer", "bigint"):
        # With a fraction left it is refused, where a plain cast would round it.
        return f"trim_scale({name}::numeric)::text::{wanted}"
    return f"{name}::{wanted}"


def advice_to_loosen(alias: str, model: type[Model], column: str) -> str:
    """Say how a column of a table of ours may be left empty."""
    if connections[alias].vendor == "sqlite":
        return f"SQLite cannot change it: {start_over(alias)}"
    sql = f"ALTER TABLE {model._meta.db_table} ALTER COLUMN {quoted(column)} DROP NOT NULL"
    return run_in(title(alias), sql, "whoever owns the table")


def examine_id_types(tables: Mapping[str, Table]) -> Iterator[Finding]:
    """Find a `sessions.user_id` that cannot be compared with `users.id`."""
    id, user_id = tables.get("users", {}).get("id"), tables.get("sessions", {}).get("user_id")
    if connections[settings.AUTH_DB].vendor != "postgresql" or id is None or user_id is None:
        return
    if id.type != user_id.type and "uuid" in (id.type, user_id.type):
        yield red(
            "columns",
            f"users.id is {id.type} and sessions.user_id is {user_id.type}: no session can be looked up.",
            "Give both the same type in the site's Drizzle schema (uuid) and run its migrations.",
        )
