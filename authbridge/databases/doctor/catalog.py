"""What a database really holds: its tables and columns, read in one query."""

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import connections, router
from django.db.models import Field, Model

COLUMNS = {
    # A domain counts as the type it is made of.
    "postgresql": """
        SELECT c.relname, a.attname, format_type(COALESCE(NULLIF(t.typbasetype, 0), a.atttypid), NULL),
            NOT a.attnotnull, a.atthasdef OR a.attidentity <> ''
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        JOIN pg_type t ON t.oid = a.atttypid
        WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND pg_table_is_visible(c.oid)
            AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
        ORDER BY c.relname, a.attnum""",
    "sqlite": """
        SELECT m.name, c.name, c.type, NOT c."notnull", c.dflt_value IS NOT NULL OR c.pk
        FROM sqlite_master m JOIN pragma_table_info(m.name) c
        WHERE m.type IN ('table', 'view') AND m.name NOT LIKE 'sqlite@_%' ESCAPE '@'
        ORDER BY m.name, c.cid""",
}
# Where Django writes down what it has migrated.
JOURNAL = "django_migrations"


@dataclass(frozen=True, slots=True)
class Column:
    """A column as it is; `type` without its length, as the database names it."""

    name: str
    type: str
    nullable: bool
    has_default: bool


Table = dict[str, Column]


def read_tables(alias: str) -> dict[str, Table]:
    """Return the columns of all tables of a database, those on its search path where there are schemas."""
    connection = connections[alias]
    with connection.cursor() as cursor:
        cursor.execute(COLUMNS[connection.vendor])
        rows = cursor.fetchall()
    tables: defaultdict[str, Table] = defaultdict(dict)
    for table, name, type_name, nullable, has_default in rows:
        bare = re.sub(r"\(.*?\)", "", type_name).strip().lower()
        tables[table][name] = Column(name, bare, bool(nullable), bool(has_default))
    return dict(tables)


def models_at(alias: str) -> list[type[Model]]:
    """Return the models whose home is this database."""
    everywhere = apps.get_models(include_auto_created=True)
    return [model for model in everywhere if router.db_for_write(model) == alias]


def fields_of(model: type[Model]) -> "dict[str, Field[Any, Any]]":
    """Return the fields of a model by their columns' names."""
    return {field.column: field for field in model._meta.local_fields if field.column is not None}


def count_rows(alias: str, table: str) -> int:
    """Count the rows of a table."""
    connection = connections[alias]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT COUNT(*) FROM {connection.ops.quote_name(table)}")
        return int(cursor.fetchone()[0])
