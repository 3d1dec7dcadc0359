"""Empty databases of their own for one test, and `manage.py` to run on them: for what `migrate` does to them."""

import os
import shutil
import sqlite3
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings
from django.db import connection

from authbridge.databases import better_auth as schema
from tests.support import postgres, warm

PROJECT = Path(__file__).parents[2]
# What lasts as long as the run; conftest.py closes it.
until_the_end = ExitStack()


@dataclass(frozen=True)
class Scratch:
    """Databases in the setting this run is about. `names` has a PostgreSQL name or an SQLite file by alias."""

    names: dict[str, str]
    environment: dict[str, str]

    def manage(self, *arguments: str, **variables: str) -> str:
        """Run manage.py on these databases and return what it printed; what fails, fails the test."""
        finished = warm.run(["manage.py", *arguments], {**self.environment, **variables})
        assert finished.returncode == 0, finished.stderr
        return finished.stdout

    def execute(self, alias: str, sql: str) -> list[tuple[Any, ...]]:
        """Run one statement, commit, and return its rows."""
        with closing(self.connect(alias)) as database:
            cursor = database.execute(sql)
            rows = cursor.fetchall() if cursor.description else []
            database.commit()
        return rows

    def execute_all(self, alias: str, script: str) -> None:
        """Run the statements of a dump, and commit."""
        with closing(self.connect(alias)) as database:
            database.executescript(script) if connection.vendor == "sqlite" else database.execute(script)
            database.commit()

    def tables(self, alias: str) -> set[str]:
        """Return the tables of one database."""
        if connection.vendor == "sqlite":
            sql = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        else:
            sql = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        return {name for (name,) in self.execute(alias, sql)}

    def make_auth_table(self, table: str) -> None:
        """Make one of Better Auth's tables, as the site would have."""
        types = schema.SQLITE_TYPES if connection.vendor == "sqlite" else schema.POSTGRESQL_TYPES
        self.execute(settings.AUTH_DB, f"CREATE TABLE {table} ({schema.TABLES[table].format(**types)})")

    def connect(self, alias: str) -> Any:
        """Open a connection of one's own to one database."""
        if connection.vendor == "sqlite":
            return sqlite3.connect(self.names[alias])
        return psycopg.connect(postgres.with_database(os.environ["DATABASE_URL"], self.names[alias]))


@contextmanager
def scratch_databases(folder: Path) -> Iterator[Scratch]:
    """Make empty databases, one for each alias, and remove them in the end."""
    with databases(folder, {}) as scratch:
        yield scratch


@contextmanager
def ready_databases(folder: Path, prepare: Callable[[Scratch], None] | None = None) -> Iterator[Scratch]:
    """Make databases as `init_databases` leaves them, with Better Auth's tables, and remove them in the end.

    `prepare` does more to them, once in this process: copying takes a tenth of making.
    """
    with databases(folder, template(prepare)) as scratch:
        yield scratch


@contextmanager
def databases(folder: Path, copied: dict[str, str]) -> Iterator[Scratch]:
    """Make databases, copied from those that are named."""
    if connection.vendor == "sqlite":
        names = {"default": str(folder / "fltr.sqlite3"), "auth": str(folder / "fltr_auth.sqlite3")}
        for alias, name in copied.items():
            shutil.copyfile(name, names[alias])
        yield Scratch(names, {**os.environ, "DATA_DIR": str(folder)})
        return
    names = {alias: f"scratch_{alias}_{uuid.uuid4().hex[:8]}" for alias in settings.DATABASES}
    variables = {"default": "DATABASE_URL", "auth": "AUTH_DATABASE_URL"}
    urls = {variables[alias]: postgres.with_database(os.environ["DATABASE_URL"], name) for alias, name in names.items()}
    with psycopg.connect(postgres.with_database(os.environ["DATABASE_URL"], "postgres"), autocommit=True) as server:
        for alias, name in names.items():
            server.execute(f"CREATE DATABASE {name} TEMPLATE {copied.get(alias, 'template1')}".encode())
        yield Scratch(names, {**os.environ, **urls})
        for name in names.values():
            server.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@cache
def template(prepare: Callable[[Scratch], None] | None) -> dict[str, str]:
    """Return databases that last as long as the run, to be copied."""
    folder = Path(settings.DATA_DIR) / f"template-{f'{prepare.__module__}.{prepare.__name__}' if prepare else 'ready'}"
    folder.mkdir()
    scratch = until_the_end.enter_context(ready_databases(folder) if prepare else scratch_databases(folder))
    if prepare:
        prepare(scratch)
    else:
        scratch.manage("init_databases", "--with-auth-tables")
    return scratch.names
