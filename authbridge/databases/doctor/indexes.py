"""Are the indexes and constraints there that speed and money rely on?"""

from collections.abc import Iterator, Mapping
from typing import Any

from django.db import connections
from django.db.models import BaseConstraint, CheckConstraint, Index, Model, UniqueConstraint

from authbridge.databases.doctor.catalog import Table, fields_of, models_at
from authbridge.databases.naming import quoted, start_over, title
from authbridge.models import Session, User
from authbridge.shared.findings import Finding, green, red, run_in, yellow

# Of the site's tables: what is looked up by whom.
UNIQUE_COLUMNS = ((User, "id"), (Session, "token"))
INDEXED_COLUMNS = ((User, "email"), (Session, "user_id"))
INVALID = """
    SELECT c.relname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
    WHERE NOT i.indisvalid AND pg_table_is_visible(c.oid)"""
Constraints = dict[str, dict[str, Any]]


def examine_indexes(alias: str, tables: Mapping[str, Table]) -> Iterator[Finding]:
    """Look at every table whose home this is."""
    broken = set(invalid_indexes(alias))
    problems: list[Finding] = []
    for model in models_at(alias):
        if model._meta.db_table in tables:
            constraints = constraints_of(alias, model, broken)
            problems += problems_of_the_sites(alias, model, constraints)
            if model._meta.managed:
                problems += problems_of_ours(alias, model, constraints, broken)
    yield from problems
    if not problems:
        yield green("indexes", f"{title(alias)} has every index and constraint that we rely on.")


def constraints_of(alias: str, model: type[Model], broken: set[str]) -> Constraints:
    """Return what protects and speeds up one table; an index that was never finished does neither."""
    connection = connections[alias]
    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, model._meta.db_table)
    return {name: dict(constraint) for name, constraint in found.items() if name not in broken}


def invalid_indexes(alias: str) -> list[str]:
    """Return indexes that PostgreSQL began and never finished."""
    connection = connections[alias]
    if connection.vendor != "postgresql":
        return []
    with connection.cursor() as cursor:
        cursor.execute(INVALID)
        return [name for (name,) in cursor.fetchall()]


def problems_of_the_sites(alias: str, model: type[Model], constraints: Constraints) -> Iterator[Finding]:
    """Look for what we rely on in a table that the site makes."""
    table = model._meta.db_table
    for its_model, column in UNIQUE_COLUMNS:
        if its_model is model and not is_unique(constraints, column):
            yield red(
                "indexes",
                f"{table}.{column} is not unique: one of them may be taken for another.",
                advice_to_the_site(alias, "UNIQUE INDEX", table, column),
            )
    for its_model, column in INDEXED_COLUMNS:
        if its_model is model and not is_indexed(constraints, column):
            yield yellow(
                "indexes",
                f"{table}.{column} has no index: looking it up reads the whole table.",
                advice_to_the_site(alias, "INDEX", table, column),
            )


def advice_to_the_site(alias: str, kind: str, table: str, column: str) -> str:
    """Say how the site's table gets an index. What its own migrations do not know of would be in their way later."""
    if connections[alias].vendor == "sqlite":
        return sql_for_column(alias, kind, table, column)
    return f"Have {table}.{column} indexed in the site's Drizzle schema ({kind.lower()}), and run its migrations."


def problems_of_ours(alias: str, model: type[Model], constraints: Constraints, broken: set[str]) -> Iterator[Finding]:
    """Compare a table of ours with what its migrations made."""
    table = model._meta.db_table
    for name, field in fields_of(model).items():
        if field.unique and not is_unique(constraints, name):
            yield red("indexes", f"{table}.{name} is not unique.", sql_for_column(alias, "UNIQUE INDEX", table, name))
        elif getattr(field, "db_index", False) and not is_indexed(constraints, name):
            yield yellow("indexes", f"{table}.{name} has no index.", sql_for_column(alias, "INDEX", table, name))
    for wanted in [*model._meta.constraints, *model._meta.indexes]:
        if wanted.name in constraints:
            continue
        advice = sql_again(alias, wanted.name) if wanted.name in broken else sql_for(alias, model, wanted)
        if isinstance(wanted, UniqueConstraint | CheckConstraint):
            what = "that a thing is there once" if isinstance(wanted, UniqueConstraint) else "what may be in a row"
            yield red("indexes", f"{table} lacks the constraint {wanted.name}: nothing guarantees {what}.", advice)
        else:
            yield yellow("indexes", f"{table} lacks the index {wanted.name}.", advice)


def is_unique(constraints: Constraints, column: str) -> bool:
    """Tell whether a constraint or an index makes a column unique by itself."""
    return any(each["columns"] == [column] and (each["unique"] or each["primary_key"]) for each in constraints.values())


def is_indexed(constraints: Constraints, column: str) -> bool:
    """Tell whether an index begins with this column."""
    return any(each["columns"][:1] == [column] and (each["index"] or each["unique"]) for each in constraints.values())


def sql_for(alias: str, model: type[Model], wanted: Index | BaseConstraint) -> str:
    """Return the statement that makes an index or a constraint."""
    connection = connections[alias]
    if connection.vendor == "sqlite" and isinstance(wanted, CheckConstraint):
        return f"SQLite cannot add it: {start_over(alias)}"
    if connection.vendor == "sqlite" and isinstance(wanted, UniqueConstraint) and not wanted.condition:
        columns = ", ".join(model._meta.get_field(name).column or name for name in wanted.fields)  # type: ignore[union-attr]
        return run_in(title(alias), f"CREATE UNIQUE INDEX {wanted.name} ON {model._meta.db_table} ({columns})")
    # Nothing is run: entering the editor is what would open a transaction.
    return run_in(title(alias), str(wanted.create_sql(model, connection.schema_editor(collect_sql=True))))


def sql_for_column(alias: str, kind: str, table: str, column: str) -> str:
    """Return the statement that makes an index on one column, on both kinds of database."""
    return run_in(title(alias), f"CREATE {kind} {table}_{column}_again ON {table} ({column})")


def sql_again(alias: str, name: str) -> str:
    """Return the statement that finishes what PostgreSQL began, since its name is taken."""
    return run_in(title(alias), f"REINDEX INDEX {quoted(name)}")
