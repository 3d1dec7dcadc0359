"""Databases behind a PgBouncer, the product as it meets them, and what may never be left there."""

import os
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from tests.support import postgres

PROJECT = Path(__file__).parents[2]
SETTINGS = {
    "ENV_FILE": "",
    "DEBUG": "1",
    "SECRET_KEY": "only-for-tests-" + "0123456789" * 4,
    "BETTER_AUTH_SECRET": "better-auth-secret-of-the-tests",
    "INTERNAL_WEBHOOK_SECRET": "webhook-secret-of-the-tests",
    "WITH_AUTH_TABLES": "1",
    "DEV_USER": "1",
    "RATE_LIMITS": "off",
}
# The sessions of each database that the pooler has.
SESSIONS = 3
# Not what connections of ours are in, so that it shows when they leave that behind.
ZONE = "America/New_York"
SHOWN = ("TimeZone", "search_path", "lock_timeout", "work_mem", "transaction_isolation")
LOCKS = "SELECT COUNT(*) FROM pg_locks WHERE locktype = 'advisory'"


@dataclass(frozen=True)
class World:
    """Databases by alias: their names, the server's own URL, and the pooler's."""

    names: dict[str, str]
    server_url: str
    pooler_url: str
    folder: Path

    @property
    def urls(self) -> dict[str, str]:
        """The databases behind the pooler, as the settings name them."""
        urls = {alias: postgres.with_database(self.pooler_url, name) for alias, name in self.names.items()}
        return {"DATABASE_URL": urls["default"], "AUTH_DATABASE_URL": urls.get("auth", "")}

    @property
    def environment(self) -> dict[str, str]:
        """What commands run with."""
        shell = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        return {**shell, **SETTINGS, **self.urls, "DATA_DIR": str(self.folder)}

    @property
    def people(self) -> str:
        """The name of the user database."""
        return self.names.get("auth", self.names["default"])

    def start(self, *arguments: str, **settings: str) -> "subprocess.Popen[str]":
        """Start a command of manage.py."""
        command = [sys.executable, "manage.py", *arguments]
        environment = {**self.environment, **settings}
        pipe = subprocess.PIPE
        return subprocess.Popen(command, cwd=PROJECT, env=environment, stdout=pipe, stderr=pipe, text=True)

    def manage(self, *arguments: str, **settings: str) -> str:
        """Run a command that goes well; return what it printed."""
        process = self.start(*arguments, **settings)
        output, complaint = process.communicate(timeout=300)
        assert process.returncode == 0, f"{arguments}: {output}\n{complaint}"
        return output

    def refusal_of(self, *arguments: str, **settings: str) -> str:
        """Run a command that does not; return its last line."""
        process = self.start(*arguments, **settings)
        output, complaint = process.communicate(timeout=300)
        assert process.returncode != 0, f"{arguments}: {output}"
        return complaint.strip().splitlines()[-1]

    def ask(self, name: str, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """Run a statement at the server itself; return its rows."""
        with psycopg.connect(postgres.with_database(self.server_url, name), autocommit=True) as server:
            cursor = server.execute(sql.encode(), parameters)
            return cursor.fetchall() if cursor.description else []

    def insist_on_nothing_left(self) -> None:
        """See that nobody holds a lock, and that all of the pooler's sessions are as others expect them."""
        assert self.ask("postgres", LOCKS) == [(0,)]
        for name in self.names.values():
            expected = {shown: self.ask(name, f"SHOW {shown}")[0][0] for shown in SHOWN}
            found = sessions_of(postgres.with_database(self.pooler_url, name))
            assert found == [expected] * SESSIONS, (found, expected)


def sessions_of(url: str) -> list[dict[str, str]]:
    """Hold all sessions of a pooled database at once, and return what is set in each."""
    with ExitStack() as stack:
        clients = [stack.enter_context(psycopg.connect(url)) for _ in range(SESSIONS)]
        pids = {value(client, "SELECT pg_backend_pid()") for client in clients}
        assert len(pids) == SESSIONS
        return [{name: str(value(client, f"SHOW {name}")) for name in SHOWN} for client in clients]


def value(client: "psycopg.Connection[Any]", sql: str) -> Any:
    """Return the one value a query has."""
    row = client.execute(sql.encode()).fetchone()
    assert row
    return row[0]
