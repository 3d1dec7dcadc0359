"""A database as a backup sees it, over one connection and in one transaction: its tables, their rows out and in."""

import sqlite3
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import IO, Any, Protocol

import psycopg
from django.db import connections
from psycopg import sql

from fltr_project.backup.copy_text import line, reader_of, values, writer_of

Columns = dict[str, dict[str, str]]
# Without what the database computes by itself.
COLUMNS = {
    "postgresql": """
        SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod)
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
        WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relpersistence <> 't'
            AND pg_table_is_visible(c.oid) AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
        ORDER BY c.relname, a.attnum""",
    "sqlite": """
        SELECT m.name, c.name, c.type FROM sqlite_master m JOIN pragma_table_xinfo(m.name) c
        WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite@_%' ESCAPE '@' AND c.hidden = 0 ORDER BY m.name, c.cid""",
}
REFERENCES = {
    "postgresql": """
        SELECT DISTINCT child.relname, parent.relname FROM pg_constraint k
        JOIN pg_class child ON child.oid = k.conrelid JOIN pg_class parent ON parent.oid = k.confrelid
        WHERE k.contype = 'f' AND k.conrelid <> k.confrelid""",
    "sqlite": """
        SELECT DISTINCT m.name, k."table" FROM sqlite_master m JOIN pragma_foreign_key_list(m.name) k
        WHERE m.type = 'table' AND m.name <> k."table" """,
}
COUNTERS = """
    SELECT a.attname FROM pg_attribute a WHERE a.attrelid = %s::regclass AND a.attnum > 0 AND NOT a.attisdropped
    AND pg_get_serial_sequence(%s, a.attname) IS NOT NULL"""
# However the server, the database and the role are configured.
ONE_SPELLING = (
    "SET LOCAL timezone = 'UTC'",
    "SET LOCAL datestyle = 'ISO, YMD'",
    "SET LOCAL intervalstyle = 'postgres'",
    "SET LOCAL extra_float_digits = 1",
    "SET LOCAL bytea_output = 'hex'",
    # It waits for the other database, and for files.
    "SET LOCAL statement_timeout = 0",
    "SET LOCAL idle_in_transaction_session_timeout = 0",
)


class Store(Protocol):
    """One database."""

    def fetch(self, query: str) -> list[tuple[Any, ...]]:
        """Return what a query finds."""

    def columns(self) -> Columns:
        """Return the type of each column of each table; without columns that compute themselves."""

    def references(self) -> list[tuple[str, str]]:
        """Return which table's rows refer to which other's."""

    def unload(self, table: str, columns: Sequence[str], file: IO[bytes]) -> int:
        """Write a table's rows as COPY text; return how many."""

    def load(self, table: str, columns: Sequence[str], file: IO[bytes]) -> int:
        """Add the rows of COPY text to a table; return how many."""

    def empty(self, tables: Sequence[str]) -> None:
        """Remove all rows of these tables."""

    def count_on(self, table: str) -> None:
        """Have ids that the database counts go on after the highest."""


class PostgreSQL:
    """A database of a PostgreSQL server, in the transaction that its connection is in, or begins."""

    def __init__(self, connection: "psycopg.Connection[Any]") -> None:
        self.connection = connection

    def settle(self) -> None:
        """Have values spelled in one way, and nobody end this transaction, until it ends by itself."""
        for statement in ONE_SPELLING:
            self.connection.execute(statement)

    def fetch(self, query: str) -> list[tuple[Any, ...]]:
        """See Store."""
        return self.connection.execute(query.encode()).fetchall()

    def columns(self) -> Columns:
        """See Store."""
        return by_table(self.fetch(COLUMNS["postgresql"]))

    def references(self) -> list[tuple[str, str]]:
        """See Store."""
        return [(child, parent) for child, parent in self.fetch(REFERENCES["postgresql"])]

    def unload(self, table: str, columns: Sequence[str], file: IO[bytes]) -> int:
        """See Store."""
        rows = 0
        query = sql.SQL("COPY (SELECT {columns} FROM {table}) TO STDOUT").format(**named(table, columns))
        with self.connection.cursor() as cursor, cursor.copy(query) as copy:
            for block in copy:
                rows += bytes(block).count(b"\n")
                file.write(block)
        return rows

    def load(self, table: str, columns: Sequence[str], file: IO[bytes]) -> int:
        """See Store."""
        query = sql.SQL("COPY {table} ({columns}) FROM STDIN").format(**named(table, columns))
        with self.connection.cursor() as cursor:
            with cursor.copy(query) as copy:
                while block := file.read(BLOCK):
                    copy.write(block)
            return cursor.rowcount

    def empty(self, tables: Sequence[str]) -> None:
        """See Store."""
        if tables:
            names = sql.SQL(", ").join(map(sql.Identifier, tables))
            self.connection.execute(sql.SQL("TRUNCATE {}").format(names))

    def count_on(self, table: str) -> None:
        """See Store."""
        name = sql.Identifier(table).as_string(self.connection)
        for (column,) in self.connection.execute(COUNTERS, [name, name]).fetchall():
            highest = sql.SQL("SELECT setval(pg_get_serial_sequence({0}, {1}), MAX({2})) FROM {3} HAVING MAX({2}) > 0")
            places = [sql.Literal(name), sql.Literal(column), sql.Identifier(column), sql.Identifier(table)]
            self.connection.execute(highest.format(*places))


class SQLite:
    """A file of SQLite's, in the transaction that its connection is in."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection

    def fetch(self, query: str) -> list[tuple[Any, ...]]:
        """See Store."""
        return self.connection.execute(query).fetchall()

    def columns(self) -> Columns:
        """See Store."""
        return by_table(self.fetch(COLUMNS["sqlite"]))

    def references(self) -> list[tuple[str, str]]:
        """See Store."""
        return [(child, parent) for child, parent in self.fetch(REFERENCES["sqlite"])]

    def unload(self, table: str, columns: Sequence[str], file: IO[bytes]) -> int:
        """See Store."""
        rows, types = 0, self.types_of(table)
        writers = [writer_of(types[column]) for column in columns]
        for row in self.connection.execute(f"SELECT {quoted(columns)} FROM {quoted([table])}"):
            texts = [None if value is None else write(value) for write, value in zip(writers, row, strict=True)]
            file.write(line(texts).encode())
            rows += 1
        return rows

    def load(self, table: str, columns: Sequence[str], file: IO[bytes]) -> int:
        """See Store."""
        types = self.types_of(table)
        readers = [reader_of(types[column]) for column in columns]
        places = ", ".join("?" * len(columns))
        statement = f"INSERT INTO {quoted([table])} ({quoted(columns)}) VALUES ({places})"
        return self.connection.executemany(statement, rows_of(file, readers)).rowcount if columns else 0

    def types_of(self, table: str) -> dict[str, str]:
        """Return the declared types of a table's columns, of a temporary one's too."""
        return {name: type for _, name, type, *_ in self.fetch(f"PRAGMA table_info({quoted([table])})")}

    def empty(self, tables: Sequence[str]) -> None:
        """See Store."""
        # They refer to each other in any order.
        self.connection.execute("PRAGMA defer_foreign_keys = ON")
        for table in tables:
            self.connection.execute(f"DELETE FROM {quoted([table])}")

    def count_on(self, table: str) -> None:
        """See Store; SQLite does by itself."""


BLOCK = 1024 * 1024


def rows_of(file: IO[bytes], readers: Sequence[Any]) -> Iterator[list[Any]]:
    """Yield rows as SQLite takes them. Lines of a binary file end at a line feed and nowhere else."""
    for text in file:
        texts = values(text.decode())
        yield [None if value is None else read(value) for read, value in zip(readers, texts, strict=True)]


def by_table(found: list[tuple[Any, ...]]) -> Columns:
    """Return types by column by table."""
    tables: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for table, column, type in found:
        tables[table][column] = type
    return dict(tables)


def named(table: str, columns: Sequence[str]) -> dict[str, sql.Composable]:
    """Return a table and its columns as PostgreSQL quotes them."""
    return {"table": sql.Identifier(table), "columns": sql.SQL(", ").join(map(sql.Identifier, columns))}


def quoted(names: Sequence[str]) -> str:
    """Return names as SQLite quotes them."""
    return ", ".join('"' + name.replace('"', '""') + '"' for name in names)


def store_of(alias: str) -> Store:
    """Return a database over Django's own connection, whose transaction the caller has begun."""
    connection = connections[alias]
    connection.ensure_connection()
    if connection.vendor == "sqlite":
        return SQLite(connection.connection)
    store = PostgreSQL(connection.connection)
    store.settle()
    return store
