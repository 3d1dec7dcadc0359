"""What the doctor advises about tables, columns, indexes and migrations is followed on copies, to the letter."""

from pathlib import Path

import pytest
from django.conf import settings

from tests.support.trial import Trial, follows

AUTH = settings.AUTH_DB
COLUMNS, HISTORY, HOMES, INDEXES, REACH = (
    f"authbridge.databases.doctor.{name}" for name in ("columns", "history", "homes", "indexes", "reach")
)
on_sqlite = pytest.mark.skipif("sqlite" not in settings.DATABASES["default"]["ENGINE"], reason="is about SQLite")
on_postgresql = pytest.mark.postgresql
OF_DATASETS = "chore_runs", "pending_answers", "processing_jobs", "documents", "datasets"


def rebuild(trial: Trial, alias: str, table: str, old: str, new: str) -> None:
    """Have a table of SQLite been made otherwise."""
    rows = trial.scratch.execute(alias, f"SELECT sql FROM sqlite_master WHERE tbl_name = '{table}' ORDER BY rowid")
    made, *others = [sql for (sql,) in rows if sql]
    assert old in made, made
    made = made.replace(old, new).replace(table, f"{table}_new", 1)
    columns = ", ".join(name for _, name, *_ in trial.scratch.execute(alias, f"PRAGMA table_info({table})"))
    copied = f"INSERT INTO {table}_new ({columns}) SELECT {columns} FROM {table}"
    exchanged = f"DROP TABLE {table}; ALTER TABLE {table}_new RENAME TO {table}"
    trial.plant(alias, "; ".join(["PRAGMA foreign_keys = OFF", made, copied, exchanged, *others]))


@follows(HISTORY, "Run manage.py init_databases.")
def test_migrations_that_have_not_run(trial: Trial) -> None:
    trial.plant(AUTH, "DELETE FROM django_migrations WHERE name = '0007_ledger_indexes'")

    trial.heal("lacks 1 migrations")


@on_postgresql
@follows(
    HOMES,
    "Check that … is the site's DATABASE_URL, and run the site's migrations (drizzle-kit migrate) on it."
    " Where there is no site: manage.py init_databases --with-auth-tables.",
)
def test_a_server_where_there_is_nothing_yet(empty_trial: Trial) -> None:
    empty_trial.heal("has no table users")


@on_sqlite
@follows(REACH, "manage.py init_databases makes it.")
def test_files_that_are_not_there_yet(empty_trial: Trial) -> None:
    empty_trial.heal("there is no such file")


@on_sqlite
@follows(HOMES, "manage.py init_databases makes it.")
def test_a_table_of_better_auth_that_an_embedded_database_has_lost(trial: Trial) -> None:
    trial.plant(AUTH, "DROP TABLE verifications")

    trial.heal("has no table verifications")


GHOSTS = (
    "If they held data once, restore these tables, and no others, from a backup. Else: manage.py migrate … zero"
    " --fake --database …; and then manage.py init_databases."
)


@pytest.mark.parametrize("tables", [("teams", "api_key_credits"), ("fltr_quarter_totals",), ("credit_transactions",)])
@follows(HISTORY, GHOSTS)
def test_tables_of_the_ledger_that_were_dropped(trial: Trial, tables: tuple[str, ...]) -> None:
    trial.may_lose = {"fltr_quarter_totals", "fltr_day_totals", "fltr_key_totals"}
    trial.plant(AUTH, "".join(f"DROP TABLE {table};" for table in tables))

    trial.heal("Django has recorded the migrations of credits")


@follows(HISTORY, GHOSTS)
def test_all_tables_of_datasets_that_were_dropped(trial: Trial) -> None:
    trial.plant("default", "".join(f"DROP TABLE {table};" for table in OF_DATASETS))

    trial.heal("Django has recorded the migrations of datasets")


@follows(
    HISTORY,
    "They were dropped: restore these tables, and no others, from a backup."
    " In development: manage.py reset_databases --database default.",
)
@pytest.mark.parametrize("tables", ["pending_answers", "auth_user_groups, auth_user_user_permissions, auth_user"])
def test_tables_that_only_a_backup_brings_back(trial: Trial, tables: str) -> None:
    trial.may_lose = set(OF_DATASETS)
    cascade = " CASCADE" if settings.DATABASES["default"]["ENGINE"].endswith("postgresql") else ""
    trial.plant("default", "".join(f"DROP TABLE {table}{cascade};" for table in tables.split(", ")))

    trial.heal("Django has recorded")


@follows(
    COLUMNS,
    "Run manage.py init_databases. If that finds nothing to do, the column was dropped after it was made: restore …,"
    " and nothing else, from a backup.",
)
def test_a_column_that_is_still_to_be_made(trial: Trial) -> None:
    trial.scratch.environment["ALLOW_DROPPING_DATA"] = "1"
    trial.scratch.manage("migrate", "credits", "0004", f"--database={AUTH}")

    trial.heal("has no column credit_transactions.dataset_id")


@on_postgresql
@follows(
    COLUMNS,
    "In …, as whoever owns the table: ALTER TABLE … ALTER COLUMN … TYPE … USING …;"
    " Change the site's Drizzle schema too, if it has it.",
)
@pytest.mark.parametrize(
    ("alias", "table", "column", "type"),
    [
        (AUTH, "credit_transactions", "metadata", "text"),
        (AUTH, "api_key_credits", "credits", "numeric(12, 2)"),
        ("default", "datasets", "created_at", "timestamp"),
    ],
)
def test_a_column_of_ours_of_another_type(
    trial: Trial, alias: str, table: str, column: str, type: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    values = f"SELECT {column} FROM {table} WHERE {column} IS NOT NULL"
    before = trial.scratch.execute(alias, values)
    trial.plant(alias, f"SET timezone TO 'UTC'; ALTER TABLE {table} ALTER COLUMN {column} TYPE {type}")
    [told] = trial.complaints()

    with monkeypatch.context() as patch:
        # Whoever follows an advice may be anywhere.
        patch.setenv("PGTZ", "Asia/Tokyo")
        trial.follow_unharmed(told.advice)

    assert trial.complaints() == []
    assert trial.scratch.execute(alias, values) == before


@on_postgresql
def test_credits_are_refused_rather_than_rounded_by_what_is_advised(trial: Trial) -> None:
    trial.plant(
        AUTH, "ALTER TABLE api_key_credits ALTER COLUMN credits TYPE numeric; UPDATE api_key_credits SET credits = 29.5"
    )

    with pytest.raises(Exception, match=r'invalid input syntax for type integer: "29.5"'):
        trial.heal("api_key_credits.credits is numeric")


LOOSEN = "In …, as whoever owns the table: ALTER TABLE … ALTER COLUMN … DROP NOT NULL;"


@on_postgresql
@follows(COLUMNS, LOOSEN)
def test_a_column_of_ours_that_refuses_to_be_empty(trial: Trial) -> None:
    trial.plant(
        AUTH, "UPDATE api_key_credits SET expires_at = now(); ALTER TABLE api_key_credits ALTER expires_at SET NOT NULL"
    )

    trial.heal("api_key_credits.expires_at refuses to be empty")


ADDED = "Whoever added it has to give it a default, or let it be empty, which comes to this. "


@on_postgresql
@follows(COLUMNS, ADDED + LOOSEN)
def test_a_column_that_no_row_of_ours_could_fill(trial: Trial) -> None:
    trial.plant(AUTH, 'ALTER TABLE fltr_verifications ADD COLUMN "a ""plan" text NOT NULL')

    trial.heal("no row of ours can be inserted")


ANEW = "SQLite cannot change it: restore the table from a backup. In development: manage.py reset_databases…."


@on_sqlite
@follows(COLUMNS, ANEW)
def test_a_column_of_a_file_of_another_type(trial: Trial) -> None:
    trial.may_lose = set(OF_DATASETS)
    rebuild(trial, "default", "chore_runs", '"error" varchar(500)', '"error" integer')

    trial.heal("chore_runs.error is integer")


@on_sqlite
@follows(COLUMNS, ADDED + ANEW)
def test_a_column_of_a_file_that_no_row_of_ours_could_fill(trial: Trial) -> None:
    trial.may_lose = set(OF_DATASETS)
    trial.plant("default", "DELETE FROM chore_runs")
    rebuild(trial, "default", "chore_runs", '"error" ', '"plan" text NOT NULL, "error" ')

    trial.heal("no row of ours can be inserted")


@on_sqlite
@follows(INDEXES, "SQLite cannot add it: restore the table from a backup. In development: manage.py reset_databases….")
def test_a_constraint_that_a_file_has_lost(trial: Trial) -> None:
    trial.may_lose = {
        "credit_transactions",
        "api_key_credits",
        "fltr_quarter_totals",
        "fltr_day_totals",
        "fltr_key_totals",
    }
    rebuild(trial, AUTH, "teams", 'CONSTRAINT "', 'CONSTRAINT "was_')

    trial.heal("lacks the constraint")


@follows(INDEXES, "In …: …;")
@pytest.mark.parametrize(("alias", "index"), [(AUTH, "credit_entry_by_account"), ("default", "job_refund_due")])
def test_an_index_that_was_dropped(trial: Trial, alias: str, index: str) -> None:
    trial.plant(alias, f"DROP INDEX {index}")

    trial.heal(f"lacks the index {index}")


@on_postgresql
@follows(INDEXES, "In …: …;")
def test_a_constraint_that_was_dropped(trial: Trial) -> None:
    trial.plant(AUTH, "ALTER TABLE credit_transactions DROP CONSTRAINT credit_entry_key_once_per_account")

    trial.heal("lacks the constraint credit_entry_key_once_per_account")


@on_sqlite
@follows(INDEXES, "In …: CREATE UNIQUE INDEX … ON … (…);")
def test_a_constraint_that_a_file_has_lost_and_an_index_replaces(trial: Trial) -> None:
    unique = ', CONSTRAINT "credit_entry_key_once_per_account" UNIQUE ("account_type", "account_id", "idempotency_key")'
    rebuild(trial, AUTH, "credit_transactions", unique, "")

    trial.heal("lacks the constraint credit_entry_key_once_per_account")


@on_postgresql
@follows(INDEXES, "In …: REINDEX INDEX …;")
def test_an_index_that_was_never_finished(trial: Trial) -> None:
    trial.plant(AUTH, "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'credit_entry_by_user'::regclass")

    trial.heal("lacks the index credit_entry_by_user")


@on_sqlite
@follows(INDEXES, "In …: CREATE … …_…_again ON … (…);")
def test_an_index_of_better_auth_that_a_file_has_lost(trial: Trial) -> None:
    trial.plant(AUTH, 'DROP INDEX "sessions_userId_idx"')

    trial.heal("sessions.user_id has no index")


@on_postgresql
@follows(INDEXES, "In …: CREATE … …_…_again ON … (…);")
def test_a_key_of_ours_that_is_not_unique(trial: Trial) -> None:
    trial.plant("default", "ALTER TABLE chore_runs DROP CONSTRAINT chore_runs_pkey")

    trial.heal("chore_runs.name is not unique")


def test_nothing_is_advised_where_all_is_well(trial: Trial) -> None:
    assert trial.complaints() == []
    assert Path(trial.scratch.environment["DATA_DIR"]).is_dir()
