"""Advice followed to the letter on copies of databases, and a look at whether anybody else was harmed by it.

What counts as somebody else's: every table that is not FLTR's in its home, with rows, owner and rights; schemas, the
journal of Drizzle among them; and the databases' owners and settings.
"""

import io
import os
import re
import shlex
import subprocess
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import Any

import psycopg
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import connection, connections, router

from tests.support import auth_tables, postgres, warm
from tests.support.advice_given import Sentence
from tests.support.scratch import Scratch

# What the machine has beside databases is not what a trial is about.
ELSEWHERE = ("milvus", "storage", "disk", "redis", "settings")
ON_A_PAGE = re.compile(r"^  (green|yellow|red) +(.*)(?:\n {10}-> (.*))?$", re.MULTILINE)
# As `run_in` writes it, or a migration that goes no further: all up to the last semicolon.
SQL = re.compile(r"(?:In (fltr|fltr_auth|any database)(?:, as [^:]+)?:|which comes to:?) ([A-Z]{5}.+;)")
COMMAND = re.compile(r"manage\.py (migrate \w+ zero|\w+)((?: --[\w-]+(?: (?:auth|default))?)*)")
# What somebody does by hand who runs these: names are typed in, and work stops when it is done.
BY_HAND = {"reset_databases": ["--noinput"]}
MOST_STEPS = 12
OURS = {
    model._meta.db_table: router.db_for_write(model)
    for model in apps.get_models(include_auto_created=True)
    if model._meta.managed
}
# Of the site's rows FLTR writes these.
WRITTEN = {"users": {"credits", "total_credits_purchased", "team_id", "updated_at"}}
ALICE, BOB = "00000000-0000-4000-8000-00000000000a", "00000000-0000-4000-8000-00000000000b"
PEOPLE = f"""
INSERT INTO users (id, name, email)
    VALUES ('{ALICE}', 'Alice', 'alice@example.com'), ('{BOB}', 'Bob', 'bob@example.com');
INSERT INTO sessions (id, expires_at, token, updated_at, user_id)
    VALUES ('{ALICE}', '2999-01-01', 'a token', '2026-01-01', '{ALICE}');
INSERT INTO accounts (id, account_id, provider_id, user_id, password, updated_at)
    VALUES ('{ALICE}', 'alice', 'credential', '{ALICE}', 'a secret', '2026-01-01');
CREATE TABLE posts (id integer PRIMARY KEY, author text, title text NOT NULL);
INSERT INTO posts VALUES (1, '{ALICE}', 'Of the site');
CREATE INDEX posts_by_author ON posts (author);
"""
JOURNAL = """
CREATE SCHEMA drizzle;
CREATE TABLE drizzle.__drizzle_migrations (id serial PRIMARY KEY, hash text NOT NULL, created_at bigint);
INSERT INTO drizzle.__drizzle_migrations (hash, created_at) VALUES ('one', 1), ('two', 2);
GRANT SELECT ON posts TO PUBLIC;
"""
# Of programs that share a database with one of ours, under names that ours have in the other.
NAMESAKES = {
    "auth": "CREATE TABLE documents (id integer PRIMARY KEY, title text); INSERT INTO documents VALUES (1, 'Theirs');",
    "default": "CREATE TABLE teams (id integer PRIMARY KEY, name text); INSERT INTO teams VALUES (1, 'Of a program');",
}
MONEY = f"""
from credits.services import add_credits, create_api_key, deduct_credits
from datasets.models import Dataset, Document
add_credits(user_id="{ALICE}", amount=100, type="purchase", idempotency_key="stripe:1")
deduct_credits(user_id="{ALICE}", amount=2, operation="dataset_create", idempotency_key="c")
create_api_key(user_id="{ALICE}", name="laptop", credits=30)
dataset = Dataset.objects.create(owner_id="{ALICE}", name="A", slug="a", lifecycle="active", embedding_dimension=4)
file = dict(filename="a.txt", object_key="a", file_size=1, mime_type="text/plain", content_hash="0")
Document.objects.create(dataset=dataset, lifecycle="active", status="ready", version=1, **file)
"""


def lived_in(scratch: Scratch) -> None:
    """Put in what a site and a service that are used have in their databases."""
    home = settings.AUTH_DB
    scratch.execute_all(home, PEOPLE + (JOURNAL if connection.vendor == "postgresql" else ""))
    for alias in settings.DATABASES if len(settings.DATABASES) > 1 else ():
        scratch.execute_all(alias, NAMESAKES[alias])
    scratch.execute_all("default", "CREATE TABLE somebody_elses (id integer); INSERT INTO somebody_elses VALUES (1);")
    scratch.manage("shell", "-v0", "-c", MONEY)


@dataclass(frozen=True)
class Told:
    """What stands on the doctor's page, or what a command refused with."""

    level: str
    message: str
    advice: str


@dataclass
class Trial:
    """Databases with something planted in them, and the advice that was given and followed there."""

    scratch: Scratch
    followed: list[str] = field(default_factory=list)
    is_elsewhere: bool = False
    may_lose: set[str] = field(default_factory=set)
    may_set: set[str] = field(default_factory=set)

    def plant(self, alias: str, script: str) -> None:
        """Do what went wrong."""
        self.scratch.execute_all(alias, script)

    def set(self, **urls: str) -> None:
        """Give the service other URLs, from the next process on."""
        self.scratch = replace(self.scratch, environment={**self.scratch.environment, **urls})
        self.is_elsewhere = True

    def page(self) -> list[Told]:
        """Return what the doctor prints."""
        if self.is_elsewhere:
            page = warm.run(["manage.py", "doctor"], self.scratch.environment).stdout
        else:
            output = io.StringIO()
            with suppress(SystemExit):
                call_command("doctor", stdout=output, no_color=True)
            page = output.getvalue()
            for alias in settings.DATABASES:
                connections[alias].close()
        return [Told(*told) for told in ON_A_PAGE.findall(page)]

    def complaints(self) -> list[Told]:
        """Return what is not green, of databases and of what is in them."""
        return [told for told in self.page() if told.level != "green" and not is_about_elsewhere(told)]

    def follow(self, advice: str) -> None:
        """Do what an advice says, in its order and as it stands."""
        self.followed.append(advice)
        steps = [(found.start(), self.run_sql, found) for found in SQL.finditer(advice)]
        steps += [(found.start(), self.run_command, found) for found in COMMAND.finditer(advice)]
        assert steps, f"Nothing to follow in: {advice}"
        for _, run, found in sorted(steps, key=lambda step: step[0]):
            run(found)

    def run_sql(self, found: re.Match[str]) -> None:
        """Run SQL where it is meant, as somebody who may."""
        if found[1] == "any database":
            with psycopg.connect(
                postgres.with_database(os.environ["DATABASE_URL"], "postgres"), autocommit=True
            ) as server:
                server.execute(found[2].encode())
        else:
            self.scratch.execute_all("default" if found[1] == "fltr" else settings.AUTH_DB, found[2])

    def run_command(self, found: re.Match[str]) -> None:
        """Run a command; what fails, fails the trial."""
        command = shlex.split(found[1] + found[2])
        if command == ["doctor"]:
            for told in self.complaints():
                if SQL.search(told.advice):
                    self.follow(told.advice)
        else:
            self.scratch.manage(*command, *BY_HAND.get(command[0], []))

    def run(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Run a command that may refuse."""
        return warm.run(["manage.py", *arguments], self.scratch.environment)

    def refusal(self, *arguments: str) -> str:
        """Return what a command refuses with."""
        finished = self.run(*arguments)
        assert finished.returncode == 1, finished.stdout
        return finished.stderr.strip().removeprefix("CommandError: ")

    def come_as(self, role: str) -> None:
        """Have the service come as another user of the server."""
        urls = {name: url for name, url in self.scratch.environment.items() if name.endswith("DATABASE_URL")}
        self.set(**{name: re.sub(r"//.*?@", f"//{role}@", url) for name, url in urls.items()})

    def follow_unharmed(self, *advice: str) -> None:
        """Follow advice, and see that nobody else was harmed and no row of ours is gone."""
        before, rows = somebody_elses(self.scratch), rows_of_ours(self.scratch)
        for each in advice:
            self.follow(each)
        assert harm(before, somebody_elses(self.scratch), self.may_set) == []
        after = rows_of_ours(self.scratch)
        assert {table for table, count in rows.items() if after.get(table, 0) < count} <= self.may_lose

    def heal(self, about: str = "") -> None:
        """Follow what the doctor advises, beginning with what is said about this, until it has nothing to say."""
        left = self.complaints()
        assert any(about in told.message for told in left), left
        for _ in range(MOST_STEPS):
            self.follow_unharmed(next((told for told in left if about in told.message), left[0]).advice)
            left = self.complaints()
            if not left:
                return
        raise AssertionError(f"No end to it: {self.followed}")


def is_about_elsewhere(told: Told) -> bool:
    """Tell whether this is about the machine, the vector store or settings."""
    words = (
        "vector engine",
        "The disk of",
        "can be written",
        "cannot be written",
        "is not set",
        "Redis",
        "web processes",
    )
    return any(word in told.message for word in words)


@contextmanager
def in_this_process(scratch: Scratch) -> Iterator[None]:
    """Have Django's connections lead to these databases."""
    before = {alias: connections[alias].settings_dict["NAME"] for alias in settings.DATABASES}
    turn_to(scratch.names)
    try:
        yield
    finally:
        turn_to(before)


def turn_to(names: dict[str, str]) -> None:
    """Close the connections, and have the next ones lead elsewhere."""
    for alias in settings.DATABASES:
        connections[alias].close()
        connections[alias].settings_dict["NAME"] = names[alias]
    auth_tables.forget_columns()


# What may be more afterwards, but never less or other: rights that were granted, indexes, settings of a database.
MAY_GROW = {"right", "index", "setting"}
State = dict[tuple[str, str, str], set[str]]
RELATIONS = """
    SELECT c.oid, n.nspname || '.' || c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'v', 'm') AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'"""
OF_RELATIONS = {
    "owner": "SELECT relowner::regrole::text FROM pg_class WHERE oid = {oid}",
    "right": "SELECT unnest(relacl)::text FROM pg_class WHERE oid = {oid} UNION ALL"
    " SELECT attname || ' ' || unnest(attacl)::text FROM pg_attribute WHERE attrelid = {oid}",
    "column": "SELECT concat_ws(' ', attname, format_type(atttypid, atttypmod), attnotnull,"
    " pg_get_expr(adbin, adrelid))"
    " FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum"
    " WHERE attrelid = {oid} AND attnum > 0 AND NOT attisdropped",
    "constraint": "SELECT conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = {oid}",
    "index": "SELECT pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid = {oid}",
    "trigger": "SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE tgrelid = {oid} AND NOT tgisinternal",
}
OF_THE_DATABASE = {
    "owner": "SELECT datdba::regrole::text FROM pg_database WHERE datname = current_database()",
    "right": "SELECT unnest(datacl)::text FROM pg_database WHERE datname = current_database()",
    "setting": "SELECT unnest(setconfig) FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase"
    " WHERE datname = current_database()",
    "schema": "SELECT nspname || ' ' || nspowner::regrole FROM pg_namespace WHERE nspname NOT LIKE 'pg\\_%'",
}


def somebody_elses(scratch: Scratch) -> State:
    """Return all that is not ours."""
    look = look_at_file if connection.vendor == "sqlite" else look_at_server
    seen: State = {}
    for alias in settings.DATABASES:
        with closing(scratch.connect(alias)) as database:
            seen |= {(alias, *what): lines for what, lines in look(database, alias).items()}
    return seen


def is_ours(alias: str, table: str) -> bool:
    """Tell whether a table is FLTR's, at home, or a sequence of such a table."""
    ours = [name for name, home in OURS.items() if home == alias] + ["django_migrations"]
    return table in ours or any(table.startswith(f"{name}_") and table.endswith("_seq") for name in ours)


def look_at_server(database: Any, alias: str) -> dict[tuple[str, str], set[str]]:
    """Look at a database of PostgreSQL."""

    def lines(sql: str) -> set[str]:
        return {str(line) for (line,) in database.execute(sql)}

    seen = {("", kind): lines(sql) for kind, sql in OF_THE_DATABASE.items()}
    for oid, name in database.execute(RELATIONS).fetchall():
        schema, _, table = name.partition(".")
        if schema != "public" or not is_ours(alias, table):
            seen |= {(name, kind): lines(sql.format(oid=oid)) for kind, sql in OF_RELATIONS.items()}
            names = ", ".join(f"'{column}'" for column in WRITTEN.get(table, {"-"}))
            seen[name, "row"] = lines(f"SELECT (to_jsonb(t) - ARRAY[{names}]::text[])::text FROM {schema}.{table} AS t")
    return seen


def look_at_file(database: Any, alias: str) -> dict[tuple[str, str], set[str]]:
    """Look at a file of SQLite."""
    seen: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for type, name, table, sql in database.execute("SELECT type, name, tbl_name, sql FROM sqlite_master"):
        if not is_ours(alias, table) and not name.startswith("sqlite_"):
            seen[table, type].add(sql)
    for table in {table for table, kind in seen if kind == "table"}:
        columns = [name for _, name, *_ in database.execute(f"PRAGMA table_info({table})")]
        kept = ", ".join(f'"{name}"' for name in columns if name not in WRITTEN.get(table, set()))
        seen[table, "row"] = {str(row) for row in database.execute(f"SELECT {kept} FROM {table}")}
    return dict(seen)


def harm(before: State, after: State, settings_that_go: set[str]) -> list[str]:
    """Return what was taken from somebody, or done to them."""
    found = []
    for what, lines in before.items():
        now = after.get(what, set()) | (lines & settings_that_go)
        if lines - now or (now - lines and what[2] not in MAY_GROW):
            found.append(f"{what}: {sorted(lines ^ now)}")
    return found


def rows_of_ours(scratch: Scratch) -> dict[str, int]:
    """Count what FLTR keeps."""
    found = {}
    for alias in settings.DATABASES:
        present = scratch.tables(alias)
        with closing(scratch.connect(alias)) as database:
            for table in (name for name, home in OURS.items() if home == alias and name in present):
                found[table] = database.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0]
    return found


TRIED: set[Sentence] = set()


def follows(module: str, text: str) -> Callable[[Any], Any]:
    """Say of a test which advice of which module it follows; it fails if it did not."""

    def note(test: Any) -> Any:
        sentence = Sentence(module, text)
        TRIED.add(sentence)
        test.sentences = [*getattr(test, "sentences", []), sentence]
        return test

    return note


def new_name(prefix: str) -> str:
    """Return a name that nobody has, for a role."""
    return f"{prefix}_{uuid.uuid4().hex[:8]}"
