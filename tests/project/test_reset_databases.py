"""`reset_databases` drops what FLTR keeps in one home or both, makes it anew, and touches nothing else."""

import os
import signal
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from django.db import connection

from authbridge.databases.better_auth import TABLES as BETTER_AUTH
from fltr_project.run.claims import sole_use_of
from tests.support import postgres, warm
from tests.support.scratch import ready_databases, scratch_databases

ID = "0b1f8c5e-9d2a-4c6b-8e7f-0a1b2c3d4e5f"
CREDIT_TABLES = {"credit_transactions", "api_key_credits", "teams"}
FILL = f"""
from django.core.management import call_command
from authbridge.models import Session
from credits import ledger
from credits.accounts import user_account
from credits.models import Team
from credits.services import create_api_key
from datasets.models import Dataset
from tests.support.people import make_session, make_user

alice = make_user("Alice", email="alice@example.com", team_id="{ID}")
make_session(alice)
create_api_key(user_id=alice.id, name="laptop", credits=30)
Team.objects.create(id="{ID}", name="Owls", owner_id=alice.id)
charge = ledger.charge(account=user_account(alice.id), amount=2, operation="dataset_create", idempotency_key="c")
Dataset.objects.create(
    id="{ID}", owner_id=alice.id, name="Library", slug="library", lifecycle="active", embedding_dimension=256,
    transaction_id=charge.id, refund_due=True, payer_type="user", payer_id=alice.id, payer_user_id=alice.id,
)
"""

on_postgresql = pytest.mark.postgresql


def fill(scratch):
    """Put in a person, her credits, a key, a team, a dataset, and tables that are not ours."""
    scratch.manage("shell", "-v0", "-c", FILL)
    for alias in settings.DATABASES:
        scratch.execute(alias, "CREATE TABLE somebody_elses (id integer)")


@contextmanager
def filled(folder):
    """Give databases with all that, and files beside them, of which some are not ours."""
    with ready_databases(folder, fill) as scratch:
        make_file(folder / "uploads" / ID / ID / "1")
        make_file(folder / "uploads" / ID / "notes of mine.txt")
        make_file(folder / "vectors" / "milvus.db")
        own = {"DATA_DIR": str(folder), "STORAGE_URL": str(folder / "uploads"), "DEBUG": "1"}
        yield replace(scratch, environment={**scratch.environment, **own})


def make_file(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("something")


def filled_and_reset(tmp_path_factory, *arguments):
    """Yield databases on which the command has run, and what it said."""
    folder = tmp_path_factory.mktemp("reset")
    with filled(folder) as scratch:
        yield scratch, folder, scratch.manage("reset_databases", "--noinput", *arguments)


@pytest.fixture(scope="module")
def default_reset(tmp_path_factory):
    yield from filled_and_reset(tmp_path_factory, "--database", "default")


@pytest.fixture(scope="module")
def auth_reset(tmp_path_factory):
    yield from filled_and_reset(tmp_path_factory, "--database", "auth")


@pytest.fixture(scope="module")
def all_reset(tmp_path_factory):
    yield from filled_and_reset(tmp_path_factory, "--including-auth-tables")


@pytest.fixture(scope="module")
def untouched(tmp_path_factory):
    """For all tests after which everything is as before."""
    with filled(tmp_path_factory.mktemp("untouched")) as scratch:
        yield scratch


@pytest.fixture
def scratch(tmp_path):
    with filled(tmp_path) as scratch:
        yield scratch


def count(scratch, table):
    alias = settings.AUTH_DB if table in CREDIT_TABLES | BETTER_AUTH.keys() else "default"
    return scratch.execute(alias, f"SELECT COUNT(*) FROM {table}")[0][0]


def counts(scratch):
    return {table: count(scratch, table) for table in ("users", "credit_transactions", "teams", "datasets")}


def start(scratch, *arguments, **environment):
    """Start the command without a terminal."""
    return warm.start(["manage.py", "reset_databases", *arguments], {**scratch.environment, **environment})


def refusal(scratch, *arguments, **environment):
    """Run it where it must refuse, see that nothing has changed, and return what it said."""
    before = counts(scratch)
    process = start(scratch, *arguments, **environment)
    said, complaint = process.communicate()
    assert process.returncode == 1, said
    assert "Traceback" not in complaint
    assert counts(scratch) == before
    return said + complaint


# One home: the datasets.


def test_without_datasets_people_and_credits_stay(default_reset):
    scratch, _, _ = default_reset

    assert counts(scratch) == {"users": 1, "credit_transactions": 4, "teams": 1, "datasets": 0}
    assert count(scratch, "sessions") == 1


def test_vectors_and_files_go_with_the_datasets_and_others_files_stay(default_reset):
    _, folder, _ = default_reset

    assert not (folder / "vectors" / "milvus.db").exists()
    assert [path.name for path in (folder / "uploads").rglob("*") if path.is_file()] == ["notes of mine.txt"]


def test_what_was_spent_on_datasets_stays_spent(default_reset):
    scratch, _, said = default_reset

    assert "Credits spent stay spent" in said
    assert scratch.execute(settings.AUTH_DB, "SELECT credits FROM users") == [(68,)]
    assert "The money rules hold." in scratch.manage("verify_ledger")


def test_a_reset_is_the_newest_entry_of_the_audit_trail_that_stays(default_reset):
    scratch, _, _ = default_reset

    newest = "SELECT action, actor_type, subject_id FROM fltr_audit ORDER BY created_at DESC LIMIT 1"
    assert scratch.execute(settings.AUTH_DB, newest) == [("reset", "operator", "default")]


# One home: the ledger.


def test_without_a_ledger_people_and_datasets_stay(auth_reset):
    scratch, folder, _ = auth_reset

    assert counts(scratch) == {"users": 1, "credit_transactions": 1, "teams": 0, "datasets": 1}
    assert (folder / "uploads" / ID / ID / "1").exists()
    assert (folder / "vectors" / "milvus.db").exists()


def test_a_new_audit_trail_begins_with_the_reset(auth_reset):
    scratch, _, _ = auth_reset

    assert scratch.execute(settings.AUTH_DB, "SELECT action, subject_id FROM fltr_audit") == [("reset", "auth")]


def test_a_new_ledger_explains_the_balances_that_people_keep(auth_reset):
    scratch, _, _ = auth_reset

    rows = scratch.execute(settings.AUTH_DB, "SELECT type, amount, balance_after FROM credit_transactions")

    assert rows == [("opening", 68, 68)]
    assert "The money rules hold." in scratch.manage("verify_ledger")


def test_nobody_is_on_a_team_that_is_gone(auth_reset):
    scratch, _, _ = auth_reset

    assert scratch.execute(settings.AUTH_DB, "SELECT team_id FROM users") == [(None,)]


def test_what_the_new_ledger_never_took_is_not_given_back(auth_reset):
    scratch, _, _ = auth_reset

    scratch.manage("reconcile")

    assert scratch.execute(settings.AUTH_DB, "SELECT credits FROM users") == [(68,)]
    assert not scratch.execute("default", "SELECT id FROM datasets WHERE refund_due")


def test_the_pools_that_go_are_told(auth_reset):
    assert "API keys and teams go with the 30 credits in their pools." in auth_reset[2]


# Everything.


def test_people_go_only_if_better_auths_tables_are_included(all_reset):
    scratch, _, _ = all_reset

    assert counts(scratch) == {"users": 0, "credit_transactions": 0, "teams": 0, "datasets": 0}
    assert scratch.tables(settings.AUTH_DB) >= BETTER_AUTH.keys() | CREDIT_TABLES


def test_what_is_not_ours_is_left_alone_and_named(all_reset):
    scratch, _, said = all_reset

    assert all("somebody_elses" in scratch.tables(alias) for alias in settings.DATABASES)
    assert said.count("left alone: somebody_elses") == len(settings.DATABASES)


def test_what_goes_is_counted_first(all_reset):
    lines = [" ".join(line.split()) for line in all_reset[2].splitlines()]

    assert {"credit_transactions 4 rows", "datasets 1 rows", "users 1 rows"} <= set(lines)
    assert {"milvus.db: 9 bytes", "1 file: 9 bytes"} <= set(lines)


def test_a_second_call_finds_all_made_and_makes_it_again(all_reset):
    scratch, _, _ = all_reset

    scratch.manage("reset_databases", "--noinput")

    assert count(scratch, "datasets") == 0


# Refusals.


def test_without_debug_it_only_says_what_it_would_have_dropped(untouched):
    said = refusal(untouched, "--noinput", DEBUG="0")

    assert "DEBUG is off" in said
    assert "credit_transactions" in said


def test_a_dry_run_changes_nothing_and_says_what_would_be_refused(untouched):
    before = counts(untouched)

    said = start(untouched, "--dry-run", DEBUG="0").communicate()[0]

    assert counts(untouched) == before
    assert "Nothing was dropped.\nIt would be refused: DEBUG is off" in said


def test_nothing_goes_unasked_where_nobody_can_be_asked(untouched):
    assert "call it in a terminal, or with --noinput" in refusal(untouched)


def test_nothing_is_pulled_away_under_a_running_instance(untouched):
    folder = Path(untouched.environment["DATA_DIR"])

    with sole_use_of(folder):
        said = refusal(untouched, "--noinput")

    assert f"An instance runs in {folder} (process {os.getpid()}). Stop it first." in said


def test_people_cannot_go_without_their_database(untouched):
    if settings.AUTH_DB == "default":
        pytest.skip("is about two databases")

    assert "leave --database out" in refusal(untouched, "--database", "default", "--including-auth-tables")


@on_postgresql
def test_a_table_in_use_is_told_with_its_user(untouched):
    url = postgres.with_database(os.environ["DATABASE_URL"], untouched.names[settings.AUTH_DB])
    with psycopg.connect(url, application_name="a forgotten shell") as other:
        other.execute("SELECT * FROM teams")
        said = refusal(untouched, "--noinput")

    assert "(a forgotten shell, idle in transaction). Stop that first." in said


def test_what_hangs_on_our_tables_is_not_broken(untouched):
    key = "uuid" if connection.vendor == "postgresql" else "text"
    untouched.execute(settings.AUTH_DB, f"CREATE TABLE trophies (team_id {key} REFERENCES teams (id))")
    untouched.execute(settings.AUTH_DB, f"INSERT INTO trophies VALUES ('{ID}')")

    said = refusal(untouched, "--noinput")

    untouched.execute(settings.AUTH_DB, "DROP TABLE trophies")
    assert "trophies" in said


# Asking.


def answer(scratch, *names):
    """Run the command in a terminal, type these names, and return the exit code."""
    master, slave = os.openpty()
    command = ["manage.py", "reset_databases", "--database", "default"]
    process = warm.start(command, scratch.environment, stdin=slave)
    os.write(master, "".join(f"{name}\n" for name in names).encode())
    process.communicate()
    os.close(master)
    os.close(slave)
    return process.returncode


def test_typing_the_name_drops_the_database(scratch):
    assert answer(scratch, Path(scratch.names["default"]).name) == 0
    assert count(scratch, "datasets") == 0


def test_typing_anything_else_drops_nothing(untouched):
    assert answer(untouched, "yes") == 1
    assert count(untouched, "datasets") == 1


# Twice, and broken off.


def test_of_two_at_once_one_waits_and_both_do_it(scratch):
    twins = [start(scratch, "--noinput"), start(scratch, "--noinput")]

    complaints = [twin.communicate()[1] for twin in twins]

    assert [twin.returncode for twin in twins] == [0, 0], complaints
    assert count(scratch, "datasets") == 0


def test_a_second_call_finishes_what_a_killed_one_began(scratch, tmp_path):
    killed = start(scratch, "--noinput", FLTR_DIE_AT="reset:dropped")
    killed.communicate()
    assert killed.returncode == -signal.SIGKILL

    scratch.manage("reset_databases", "--noinput")

    assert counts(scratch) == {"users": 1, "credit_transactions": 1, "teams": 0, "datasets": 0}
    assert not (tmp_path / "vectors" / "milvus.db").exists()


@pytest.fixture
def empty(tmp_path):
    """Databases that nobody has migrated."""
    with scratch_databases(tmp_path) as scratch:
        own = {"DATA_DIR": str(tmp_path), "DEBUG": "1"}
        yield replace(scratch, environment={**scratch.environment, **own})


def test_looking_makes_no_file(empty, tmp_path):
    empty.manage("reset_databases", "--dry-run")

    assert list(tmp_path.iterdir()) == []


def test_tables_that_never_became_what_they_should_be_go_too(empty):
    for table in CREDIT_TABLES:
        empty.execute(settings.AUTH_DB, f"CREATE TABLE {table} (id integer)")
    empty.execute("default", "CREATE TABLE datasets (id integer)")

    empty.manage("reset_databases", "--noinput")

    assert count(empty, "credit_transactions") == 0
    assert empty.execute("default", "SELECT slug FROM datasets") == []


# A site with Drizzle.


@pytest.fixture
def with_drizzle(scratch):
    scratch.execute(settings.AUTH_DB, "CREATE SCHEMA drizzle")
    scratch.execute(settings.AUTH_DB, "CREATE TABLE drizzle.__drizzle_migrations (id serial PRIMARY KEY, hash text)")
    return scratch


@on_postgresql
def test_what_drizzle_made_is_left_for_drizzle_to_make_again(with_drizzle):
    said = with_drizzle.manage("reset_databases", "--noinput", "--including-auth-tables")

    assert "run the site's migrations afterwards, and then init_databases" in said
    assert not with_drizzle.tables(settings.AUTH_DB) & BETTER_AUTH.keys()
    assert not with_drizzle.execute(settings.AUTH_DB, "SELECT 1 FROM pg_namespace WHERE nspname = 'drizzle'")


@on_postgresql
def test_drizzles_journal_stays_with_its_tables(with_drizzle):
    with_drizzle.manage("reset_databases", "--noinput")

    assert with_drizzle.execute(settings.AUTH_DB, "SELECT COUNT(*) FROM drizzle.__drizzle_migrations") == [(0,)]
    assert count(with_drizzle, "users") == 1
