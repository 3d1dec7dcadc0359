"""Make both databases ready for use: create, fill, migrate. Repeatable, and safe beside a twin that does the same."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from fcntl import LOCK_EX, flock
from pathlib import Path

from django.conf import settings
from django.core.checks import Tags, run_checks
from django.core.management import call_command
from django.db import connections, transaction
from django.db.migrations.executor import MigrationExecutor

from authbridge.databases import postgresql
from authbridge.databases.better_auth import create_auth_tables
from authbridge.databases.naming import TABLES_ARE_GONE, aliases, describe, explained
from authbridge.selectors import has_users
from authbridge.shared.errors import DatabaseNotReady

Report = Callable[[str], None]

NO_USERS = (
    "There is no table `users` yet. The Next.js site's own migrations make it; where there is no such site,"
    " set WITH_AUTH_TABLES=1 to have Better Auth's tables made here."
)


def init_databases(*, with_auth_tables: bool, report: Report) -> None:
    """Create what is missing, in an order that matters.

    Better Auth's tables come before the ledger, whose migration reads the users' credits to open their accounts.
    """
    for alias in aliases():
        with explained(alias):
            ensure_database(alias, report)
    heed_checks(report)
    with explained("default"), one_at_a_time():
        make_tables(with_auth_tables=with_auth_tables, report=report)


def make_tables(*, with_auth_tables: bool, report: Report) -> None:
    """Make and migrate all tables of databases that exist; for whoever holds `one_at_a_time`."""
    with explained(settings.AUTH_DB):
        ensure_auth_tables(allowed=with_auth_tables, report=report)
    for alias in aliases():
        with explained(alias):
            migrate(alias, report)


def heed_checks(report: Report) -> None:
    """Report what the system checks find, and go no further where that would do harm or be of no use."""
    for message in run_checks(tags=[Tags.database], databases=aliases()):
        sentence = f"{message.msg} {message.hint or ''}".strip()
        if message.is_serious() or message.id == TABLES_ARE_GONE:
            raise DatabaseNotReady(sentence)
        report(sentence)


def ensure_database(alias: str, report: Report) -> None:
    """Make sure that there is a database to connect to."""
    connection = connections[alias]
    if connection.vendor == "sqlite":
        Path(connection.settings_dict["NAME"]).parent.mkdir(parents=True, exist_ok=True)
    elif postgresql.ensure_database(connection):
        report(f"{describe(alias)}: created")


def ensure_auth_tables(*, allowed: bool, report: Report) -> None:
    """Make Better Auth's absent tables where that is allowed; say it where they are missed and it is not."""
    connection = connections[settings.AUTH_DB]
    if allowed or connection.vendor == "sqlite":
        with transaction.atomic(using=settings.AUTH_DB):
            created = create_auth_tables()
        if created:
            report(f"{describe(settings.AUTH_DB)}: made Better Auth's tables ({', '.join(created)})")
    elif not has_users():
        report(f"{describe(settings.AUTH_DB)}: {NO_USERS}")


def migrate(alias: str, report: Report) -> None:
    """Bring one database's tables to what this version expects."""
    executor = MigrationExecutor(connections[alias])
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        call_command("migrate", database=alias, interactive=False, verbosity=0)
        report(f"{describe(alias)}: migrated")
    else:
        report(f"{describe(alias)}: up to date")


def one_at_a_time() -> AbstractContextManager[None]:
    """Let one process at a time change tables; another waits, and then finds nothing left to do."""
    connection = connections["default"]
    return file_lock() if connection.vendor == "sqlite" else postgresql.advisory_lock(connection)


@contextmanager
def file_lock() -> Iterator[None]:
    """Hold this data folder's lock for setting up its databases."""
    settings.DATA_DIR.mkdir(parents=True, exist_ok=True)
    with open(settings.DATA_DIR / "init_databases.lock", "a") as lock:
        flock(lock, LOCK_EX)
        yield
