"""`migrate` on either database makes its own tables there and no others."""

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connections, router

from tests.support.scratch import ready_databases

AUTH_TABLES = {"users", "sessions", "accounts", "verifications", "subscriptions"}
CREDIT_TABLES = {"credit_transactions", "api_key_credits", "teams"} | {
    f"fltr_{name}" for name in ("quarter_totals", "day_totals", "key_totals", "verifications")
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
        for sql in (half_done, "DELETE FROM django_migrations WHERE name = '0007_ledger_indexes'"):
            scratch.execute(settings.AUTH_DB, sql)

        scratch.manage("migrate", database)

        valid = f"SELECT indisvalid FROM pg_index WHERE indexrelid = '{name}'::regclass"
        assert scratch.execute(settings.AUTH_DB, valid) == [(True,)]


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
