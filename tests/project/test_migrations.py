"""`migrate` on either database makes its own tables there and no others."""

import uuid

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connections, router

from tests.support import warm
from tests.support.scratch import ready_databases

AUTH_TABLES = {"users", "sessions", "accounts", "verifications", "subscriptions"}
CREDIT_TABLES = {"credit_transactions", "api_key_credits", "teams"} | {
    f"fltr_{name}" for name in ("quarter_totals", "day_totals", "key_totals", "verifications", "audit", "departures")
}
DATASET_TABLES = {"datasets", "documents", "processing_jobs"}
# Django's record of what it ran; in every database.
JOURNAL = {"django_migrations"}

DATASET = """
    INSERT INTO datasets (id, owner_id, name, slug, description, category, visibility, status, lifecycle,
        collection_name, document_count, documents_in_work, documents_failed, documents_answering, embedding_model,
        embedding_dimension, download_count, metadata, payer_type, payer_id, payer_user_id, price, charge_key,
        refund_due, created_at, updated_at)
    VALUES ('00000000000040008000000000000001', '00000000000040008000000000000002', 'N', 'n', '', '', 'private',
        'ready', 'active', 'c', 0, 0, 0, 0, 'm', 1, 0, '{}', '', '', '', 0, '',
        false, CURRENT_TIMESTAMP, CURRENT_TIMESTAMP)"""

two_databases = pytest.mark.skipif(settings.AUTH_DB == "default", reason="is about two databases")


def tables_at(alias):
    return {
        model._meta.db_table
        for model in apps.get_models(include_auto_created=True)
        if router.db_for_write(model) == alias
    }


@pytest.mark.django_db(databases="__all__")
def test_every_database_holds_exactly_the_tables_whose_home_it_is():
    for alias in connections:
        assert set(connections[alias].introspection.table_names()) == tables_at(alias) | JOURNAL


@pytest.mark.django_db(databases="__all__")
def test_no_table_is_missing_anywhere():
    everywhere = {name for alias in connections for name in connections[alias].introspection.table_names()}

    assert everywhere >= AUTH_TABLES | CREDIT_TABLES | DATASET_TABLES


@two_databases
def test_migrating_the_user_database_makes_the_credit_tables_and_nothing_else(scratch):
    scratch.manage("migrate", f"--database={settings.AUTH_DB}")

    assert scratch.tables(settings.AUTH_DB) == CREDIT_TABLES | JOURNAL
    assert scratch.tables("default") == set()


@two_databases
def test_migrating_fltr_makes_no_table_of_people_or_credits(scratch):
    scratch.manage("migrate")

    assert scratch.tables("default") == tables_at("default") | JOURNAL
    assert not scratch.tables("default") & (AUTH_TABLES | CREDIT_TABLES)
    assert scratch.tables(settings.AUTH_DB) == set()


def test_migrating_twice_changes_nothing(scratch):
    scratch.manage("migrate", f"--database={settings.AUTH_DB}")

    assert "No migrations to apply" in scratch.manage("migrate", f"--database={settings.AUTH_DB}")


@pytest.mark.postgresql
def test_an_index_that_was_left_half_done_is_made_anew(tmp_path):
    with ready_databases(tmp_path) as scratch:
        name, database = "credit_entry_by_time", f"--database={settings.AUTH_DB}"
        half_done = f"UPDATE pg_index SET indisvalid = false WHERE indexrelid = '{name}'::regclass"
        for sql in (half_done, "DELETE FROM django_migrations WHERE app = 'credits' AND name >= '0007'"):
            scratch.execute(settings.AUTH_DB, sql)

        scratch.manage("migrate", database)

        valid = f"SELECT indisvalid FROM pg_index WHERE indexrelid = '{name}'::regclass"
        assert scratch.execute(settings.AUTH_DB, valid) == [(True,)]


ID = uuid.UUID(int=1)
LEDGER = f"INSERT INTO credit_transactions (id, user_id, amount, type) VALUES ('{ID}', '{ID}', 5, 'bonus')"


@pytest.fixture
def filled(tmp_path):
    """Databases with one row in the ledger."""
    with ready_databases(tmp_path) as scratch:
        scratch.execute(settings.AUTH_DB, LEDGER)
        yield scratch


def go_back(scratch, *names, **variables):
    command = ["manage.py", "migrate", *names, f"--database={settings.AUTH_DB}"]
    return warm.run(command, {**scratch.environment, **variables})


def rows_of_the_ledger(scratch):
    return scratch.execute(settings.AUTH_DB, "SELECT COUNT(*) FROM credit_transactions")[0][0]


def test_going_back_drops_no_ledger(filled):
    refusal = go_back(filled, "credits", "zero").stderr

    assert "Going back would drop what holds rows" in refusal
    assert "credit_transactions" in refusal
    assert "ALLOW_DROPPING_DATA=1" in refusal
    assert rows_of_the_ledger(filled) == 1


def test_going_back_drops_no_column_of_the_ledger(filled):
    refusal = go_back(filled, "credits", "0004").stderr

    assert "credit_transactions.dataset_id" in refusal
    assert filled.execute(settings.AUTH_DB, "SELECT dataset_id FROM credit_transactions") == [(None,)]


def test_going_back_is_possible_where_that_is_wanted(filled):
    assert go_back(filled, "credits", "zero", ALLOW_DROPPING_DATA="1").returncode == 0

    assert "credit_transactions" not in filled.tables(settings.AUTH_DB)


def test_going_back_is_possible_where_nothing_is_lost(tmp_path):
    with ready_databases(tmp_path) as scratch:
        assert go_back(scratch, "credits", "zero").returncode == 0

        assert "credit_transactions" not in scratch.tables(settings.AUTH_DB)


def test_going_back_on_paper_alone_is_refused_nothing(filled):
    assert go_back(filled, "credits", "zero", "--fake").returncode == 0

    assert rows_of_the_ledger(filled) == 1


@pytest.mark.parametrize("is_in_use", [False, True])
def test_purges_from_before_they_were_noted_are_not_taken_for_known(scratch, is_in_use):
    scratch.manage("migrate", "datasets", "0004")
    if is_in_use:
        scratch.execute("default", DATASET)

    scratch.manage("migrate", "datasets")

    # Where it was in use, workers of the release before may still purge for a while.
    later = (
        "datetime('now', '+30 minutes')" if connections["default"].vendor == "sqlite" else "now() + interval '30 min'"
    )
    sql = f"SELECT COUNT(*) FROM purge_horizon WHERE since > {later}"
    assert scratch.execute("default", sql) == [(int(is_in_use),)]
    assert scratch.execute("default", "SELECT COUNT(*) FROM purge_horizon") == [(1,)]
