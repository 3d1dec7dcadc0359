"""What PostgreSQL itself says that a database's tables are."""

import re

import psycopg

LINES = {
    "column": """
        SELECT attrelid::regclass::text, concat_ws(' ', attname, format_type(atttypid, atttypmod),
            CASE WHEN attnotnull THEN 'NOT NULL' END, 'DEFAULT ' || pg_get_expr(adbin, adrelid))
        FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
        WHERE attrelid IN (SELECT oid FROM ours) AND attnum > 0 AND NOT attisdropped""",
    "constraint": """
        SELECT conrelid::regclass::text, conname || ' ' || pg_get_constraintdef(oid)
        FROM pg_constraint WHERE conrelid IN (SELECT oid FROM ours)""",
    "index": """
        SELECT indrelid::regclass::text, pg_get_indexdef(indexrelid)
        FROM pg_index WHERE indrelid IN (SELECT oid FROM ours)""",
    "trigger": """
        SELECT tgrelid::regclass::text, pg_get_triggerdef(oid)
        FROM pg_trigger WHERE tgrelid IN (SELECT oid FROM ours) AND NOT tgisinternal""",
}
OURS = "WITH ours AS (SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r')"


def describe(url: str) -> dict[str, set[str]]:
    """Return the columns, constraints, indexes and triggers of every table, a line each."""
    tables: dict[str, set[str]] = {}
    with psycopg.connect(url) as database:
        for kind, lines in LINES.items():
            for table, line in database.execute(f"{OURS} {lines}".encode()):
                tables.setdefault(table, set()).add(f"{kind} {line}")
    return tables


def without_names(lines: set[str]) -> set[str]:
    """Leave out what constraints and indexes are called, which everybody may choose."""
    return {re.sub(r"^(constraint) \S+|(?<=INDEX) \S+(?= ON)", r"\1", line) for line in lines}
