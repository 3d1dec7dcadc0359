"""The parts of the status: each asks one thing, and raises what is wrong with it."""

import sqlite3
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import connections

from authbridge.databases import postgresql
from authbridge.databases.naming import describe
from credits.selectors.audit import failed_sign_ins_since
from credits.selectors.verifications import last_verification
from datasets.services import holdings, standing
from datasets.services.machinery import ping_vector_store, vector_store_version
from fltr_project.reset.inventory import place_of_vectors
from fltr_project.status.tree import Fact
from fltr_project.status.versions import versions

Facts = Iterator[Fact]
VECTOR_STORE_TIMEOUT_S = 2.0
CONNECT_TIMEOUT_S = 3
OF_A_SERVER = """
    SELECT current_setting('server_version'), pg_database_size(current_database()),
        (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'),
        current_setting('max_connections')::int"""
LABELS = {"api": "API of FLTR", "commit": "commit of FLTR", "python": "Python", "django": "Django"}
AN_HOUR = timedelta(hours=1)
BACKUP = "backup"


class NotThere(Exception):
    """Something is not there; the message says what."""


def tell_versions() -> Facts:
    """Tell what runs."""
    yield from (Fact(key, LABELS[key], value) for key, value in versions().items())


def tell_database(alias: str) -> Facts:
    """Tell where a database is, whether it answers and how large it is."""
    yield Fact("where", "where", describe(alias))
    asked = of_a_file if connections[alias].vendor == "sqlite" else of_a_server
    yield from asked(alias)


def kept_in(alias: str, tell: Callable[[], Facts]) -> Callable[[], Facts]:
    """Have something told only if its database is there: looking into an SQLite file would make it."""

    def tell_if_there() -> Facts:
        insist_on_file(alias)
        yield from tell()

    return tell_if_there


def insist_on_file(alias: str) -> None:
    """Raise NotThere for an SQLite file that nobody has made."""
    connection = connections[alias]
    if connection.vendor == "sqlite" and not Path(connection.settings_dict["NAME"]).is_file():
        raise NotThere("There is no such file: run manage.py init_databases.")


def of_a_file(alias: str) -> Facts:
    """Look at an SQLite file."""
    insist_on_file(alias)
    path = Path(connections[alias].settings_dict["NAME"])
    with connections[alias].cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM sqlite_master")
    yield Fact("version", "version", f"SQLite {sqlite3.sqlite_version}")
    files = [path, path.with_name(f"{path.name}-wal")]
    yield Fact("size_bytes", "size", sum(file.stat().st_size for file in files if file.exists()))


def of_a_server(alias: str) -> Facts:
    """Ask PostgreSQL, besides the pool."""
    with postgresql.connect(connections[alias], connect_timeout=CONNECT_TIMEOUT_S) as server:
        [(version, size, taken, most)] = server.execute(OF_A_SERVER.encode()).fetchall()
    yield Fact("version", "version", f"PostgreSQL {version.split()[0]}")
    yield Fact("size_bytes", "size", size)
    yield Fact("connections", "connections of all programs", taken)
    yield Fact("max_connections", "at most", most)


def tell_vector_store() -> Facts:
    """Tell what keeps the vectors, and how many."""
    yield Fact("kind", "kind", "Milvus server" if settings.VECTOR_STORE_URI else "embedded engine")
    yield Fact("where", "where", place_of_vectors())
    ping_vector_store(VECTOR_STORE_TIMEOUT_S)
    yield Fact("version", "version", vector_store_version())
    yield Fact("collections", "entities by collection", {each.name: each.amount for each in holdings.vectors()})


def tell_queue() -> Facts:
    """Tell what waits for workers."""
    found = standing.queue()
    yield Fact("waiting", "wait for a worker", found.waiting)
    yield Fact("oldest_waiting_since", "the oldest since", found.oldest_waiting_since)
    yield Fact("running", "are being done", found.running)
    yield Fact("running_by_stage", "by stage", found.running_by_stage)
    yield Fact("later", "are tried again later", found.later)
    yield Fact("awaiting_payment", "await their payment", found.awaiting_payment)


def tell_failed_jobs() -> Facts:
    """Tell what failed in the last hour."""
    codes = standing.failures_since(datetime.now(UTC) - AN_HOUR)
    yield Fact("failed_jobs", "failed jobs", sum(codes.values()))
    yield Fact("failed_jobs_by_code", "by error", codes)


def tell_failed_sign_ins() -> Facts:
    """Tell who did not get into the admin in the last hour, as far as that is noted."""
    yield Fact("failed_sign_ins", "failed sign-ins to the admin", failed_sign_ins_since(datetime.now(UTC) - AN_HOUR))


def tell_debts() -> Facts:
    """Tell what is to be given back."""
    charges, credits = standing.debts()
    yield Fact("charges", "charges to be given back", charges)
    yield Fact("credits", "credits owed", credits)


def tell_proof() -> Facts:
    """Tell when the ledger was last found to explain every balance."""
    last = last_verification()
    yield Fact("verified_at", "all was right at", last and last.finished_at)
    yield Fact("rows", "rows of the ledger then", last and last.rows)


def tell_backup() -> Facts:
    """Tell when the last backup was made, and how that went."""
    run = next((run for run in standing.chores() if run["name"] == BACKUP), None)
    yield Fact("finished_at", "last", run and run["finished_at"])
    yield Fact("outcome", "outcome", run and (run["error"] or run["outcome"]))
    yield Fact("failed", "failed", run and bool(run["error"]))


def tell_chores() -> Facts:
    """Tell when each chore was last done."""
    for run in standing.chores():
        if run["name"] != BACKUP:
            yield Fact(run["name"], run["name"], {name: run[name] for name in ("finished_at", "outcome", "error")})


PARTS: dict[str, tuple[str, Callable[[], Facts]]] = {
    "versions": ("Versions", tell_versions),
    "fltr": ("Database fltr", lambda: tell_database("default")),
    "fltr_auth": ("Database fltr_auth", lambda: tell_database(settings.AUTH_DB)),
    "vector_store": ("Vector store", tell_vector_store),
    "queue": ("Jobs", kept_in("default", tell_queue)),
    "failed_jobs": ("Failures of the last hour", kept_in("default", tell_failed_jobs)),
    "failed_sign_ins": ("Refused in the last hour", kept_in(settings.AUTH_DB, tell_failed_sign_ins)),
    "debts": ("Debts", kept_in("default", tell_debts)),
    "proof": ("Proof of the ledger", kept_in(settings.AUTH_DB, tell_proof)),
    "backup": ("Backup", kept_in("default", tell_backup)),
    "chores": ("Chores", kept_in("default", tell_chores)),
}
