"""Metadata filters as SQL, so that a query reads no metadata; `filters.matches` says what they mean."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from django.db import connections
from django.db.models import BooleanField
from django.db.models.expressions import RawSQL

from datasets.search.filters import NOT_EQUAL, ORDERED, kind

COLUMN = '"documents"."metadata"'
SIGNS = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
# Beyond it SQLite's numbers are not exact.
LARGEST_EXACT = 2**53
Sql = tuple[str, list[Any]]


def can_be_sql(filters: Mapping[str, Any]) -> bool:
    """Tell whether these filters mean the same in SQL, which has no NUL and no numbers of any size."""
    return all(
        abs(part) <= LARGEST_EXACT if kind(part) is float else "\0" not in part
        for part in parts_of(filters)
        if kind(part) in ORDERED
    )


def parts_of(value: Any) -> Iterator[Any]:
    """Yield the names and values of a filter."""
    if isinstance(value, Mapping):
        value = [*value, *value.values()]
    if isinstance(value, list):
        for part in value:
            yield from parts_of(part)
    else:
        yield value


def condition_of(filters: Mapping[str, Any]) -> RawSQL:
    """Return the condition that a document's metadata meets all filters."""
    dialect = PostgreSQL() if connections["default"].vendor == "postgresql" else SQLite()
    sql, parameters = joined(" AND ", [meets(dialect, name, condition) for name, condition in filters.items()], "1 = 1")
    return RawSQL(sql, parameters, output_field=BooleanField())


def meets(dialect: "PostgreSQL | SQLite", name: str, condition: Any) -> Sql:
    """Return the SQL of one field's condition."""
    if isinstance(condition, list):
        return joined(" OR ", [dialect.equals(name, value) for value in condition], "1 = 0")
    if isinstance(condition, dict):
        return joined(" AND ", [compares(dialect, name, *each) for each in condition.items()], "1 = 1")
    return dialect.equals(name, condition)


def compares(dialect: "PostgreSQL | SQLite", name: str, comparison: str, wanted: Any) -> Sql:
    """Return the SQL of one comparison."""
    if comparison == NOT_EQUAL:
        sql, parameters = dialect.equals(name, wanted)
        return f"NOT {sql}", parameters
    return dialect.is_ordered(name, SIGNS[comparison], wanted)


def joined(word: str, parts: list[Sql], none: str) -> Sql:
    """Join conditions by a word; `none` stands for no condition at all."""
    if not parts:
        return f"({none})", []
    return f"({word.join(sql for sql, _ in parts)})", [each for _, parameters in parts for each in parameters]


class PostgreSQL:
    """Conditions on jsonb, which compares as JSON does: true is not 1, and 1 is 1.0."""

    def equals(self, name: str, wanted: Any) -> Sql:
        """The field is there and equal."""
        return f"COALESCE({COLUMN} -> %s::text = %s::jsonb, FALSE)", [name, json.dumps(wanted)]

    def is_ordered(self, name: str, sign: str, wanted: Any) -> Sql:
        """The field is of the same kind, and greater or less; texts by their characters' numbers."""
        value = f"({COLUMN} -> %s::text)"
        if kind(wanted) is float:
            kept = f"CASE WHEN jsonb_typeof{value} = 'number' THEN {value}::numeric {sign} %s::numeric ELSE FALSE END"
            return kept, [name, name, repr(wanted)]
        text = f'({COLUMN} ->> %s::text) COLLATE "C"'
        return f"CASE WHEN jsonb_typeof{value} = 'string' THEN {text} {sign} %s ELSE FALSE END", [name, name, wanted]


class SQLite:
    """The same by json_each, which tells the kind of a value beside it."""

    def equals(self, name: str, wanted: Any) -> Sql:
        """The field is there and equal."""
        if wanted is None or isinstance(wanted, bool):
            return self._field("type = %s", name, json.dumps(wanted))
        return self.is_ordered(name, "=", wanted)

    def is_ordered(self, name: str, sign: str, wanted: Any) -> Sql:
        """The field is of the same kind, and greater, less or equal."""
        kinds = "'integer', 'real'" if kind(wanted) is float else "'text'"
        return self._field(f"type IN ({kinds}) AND value {sign} %s", name, wanted)

    def _field(self, condition: str, name: str, wanted: Any) -> Sql:
        return f"EXISTS (SELECT 1 FROM json_each({COLUMN}) WHERE key = %s AND {condition})", [name, wanted]
