"""The doctor finds nothing on a healthy system, and every planted fault on a sick one."""

import shutil
import uuid
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import connections
from django.utils import timezone

from authbridge.databases import better_auth as schema
from authbridge.databases.doctor.catalog import read_tables
from authbridge.databases.doctor.history import examine_migrations
from authbridge.databases.doctor.rights import examine_rights
from authbridge.models import Session, User
from authbridge.shared.findings import Finding, Level
from credits.models import Team
from datasets import doctor as datasets_doctor
from datasets import storage
from datasets.models import Dataset, Document, ProcessingJob
from datasets.models.processing_job import JobStatus
from datasets.services.rebuilding import look_at_all, mend_index
from tests.support import auth_tables
from tests.support.doctor import findings, follow, found, run_on, run_on_auth, the_red, the_yellow
from tests.support.jobs import do_jobs
from tests.support.people import make_session, make_user
from tests.support.vectors import lose, make_library

pytestmark = pytest.mark.django_db(databases="__all__")
two_databases = pytest.mark.skipif(django_settings.AUTH_DB == "default", reason="is about two databases")
VENDOR = "sqlite" if "sqlite" in django_settings.DATABASES["default"]["ENGINE"] else "postgresql"
OF_FLTR_AUTH = {*schema.TABLES, "credit_transactions", "api_key_credits", "teams"}
TYPES = schema.SQLITE_TYPES if VENDOR == "sqlite" else schema.POSTGRESQL_TYPES


@pytest.fixture(autouse=True)
def _room_on_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """What other programs leave of this machine's disk is not the question here."""
    monkeypatch.setattr(datasets_doctor, "LITTLE_SPACE_MB", 0)
    monkeypatch.setattr(datasets_doctor, "NO_SPACE_MB", 0)


@pytest.fixture(autouse=True)
def signed_in(alice_session: Session) -> User:
    """Somebody is signed in, as in any system that is used."""
    return alice_session.user


def make_sessions_anew(**types: str) -> None:
    """Make the table of sessions again, empty, with other types."""
    columns = schema.TABLES["sessions"].format(**{**TYPES, **types})
    run_on_auth("DROP TABLE sessions", f"CREATE TABLE sessions ({columns})")


def make_stray_team(*statements: str) -> None:
    """Make the table of teams in fltr, where it does not belong."""
    columns = ", ".join(f"{field.column} text" for field in Team._meta.local_fields)
    run_on("default", f"CREATE TABLE teams ({columns})", *statements)


def make_dataset(owner_id: str, slug: str = "left") -> Dataset:
    return Dataset.objects.create(owner_id=owner_id, name="Left", slug=slug, lifecycle="active", embedding_dimension=4)


def test_a_healthy_system_has_no_fault(vector_engine: Any, signed_in: User) -> None:
    make_dataset(signed_in.id)

    assert [finding for finding in findings() if finding.level is not Level.GREEN] == []
    assert len(findings()) > 15


class TestIndex:
    @pytest.fixture
    def lost(self, alice_client: Any, memory_vectors: Any) -> dict[str, Any]:
        library = make_library(alice_client)
        lose(dataset_id=library["id"])
        return library

    def test_vectors_that_are_missing(self, lost: dict[str, Any]) -> None:
        fault = the_red("index")

        assert f"9 chunks of 1 datasets are missing in the index: {lost['id']}." in fault.message
        assert fault.advice == "manage.py rebuild_vectors makes them again (0 documents are queued)."

    def test_vectors_that_were_missing_when_they_were_looked_at_last(
        self, lost: dict[str, Any], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(datasets_doctor, "LOOKED_AT_NOW", 0)
        assert found("index", Level.RED) == []

        look_at_all()

        assert lost["id"] in the_red("index").message

    def test_documents_that_cannot_be_rebuilt(self, lost: dict[str, Any]) -> None:
        document = Document.objects.get(filename="long.txt")
        shutil.rmtree(storage.path_of(document.object_key).parent)
        mend_index()
        do_jobs()
        lose(dataset_id=lost["id"])

        advice = the_red("index").advice

        assert f"1 documents have neither text nor file: {document.id}." in advice
        assert "rebuild_vectors --give-up-lost" in advice

    def test_a_store_that_is_away_is_no_missing_vector(self, lost: dict[str, Any], settings: Any) -> None:
        settings.VECTOR_STORE_URI = "http://127.0.0.1:1"

        assert found("index", Level.RED) == found("index", Level.GREEN) == []


class TestHomes:
    @two_databases
    def test_users_in_fltr(self) -> None:
        run_on("default", f"CREATE TABLE users ({schema.TABLES['users'].format(**TYPES)})")

        fault = the_yellow("homes")

        assert "fltr has a table users (empty), whose home is fltr_auth" in fault.message
        assert fault.advice.endswith("The table here is the site's, and may stay.")

    @two_databases
    def test_credits_in_fltr_with_rows(self) -> None:
        make_stray_team(
            "INSERT INTO teams (id, name, owner_id, credits, created_at, updated_at) VALUES"
            f" ('{uuid.uuid4()}', 'Owls', 'x', 0, CURRENT_TIMESTAMP, CURRENT_TIMESTAMP)"
        )

        assert "teams (with 1 rows)" in the_yellow("homes").message

    @two_databases
    def test_an_empty_copy_of_ours_is_no_fault(self) -> None:
        make_stray_team()

        assert "which may stay: teams." in found("homes", Level.GREEN)[-1].message

    @two_databases
    @pytest.mark.parametrize(("alias", "table"), [("default", "users"), ("default", "teams"), ("auth", "documents")])
    def test_another_program_s_table_of_the_same_name_is_not_mentioned(self, alias: str, table: str) -> None:
        run_on(alias, f"CREATE TABLE {table} (id text, title text)", f"INSERT INTO {table} VALUES ('1', 'theirs')")

        assert not any(table in finding.message for finding in findings() if finding.check == "homes")

    def test_no_table_of_sessions(self) -> None:
        run_on_auth("DROP TABLE sessions")

        assert "has no table sessions;" in the_red("better_auth").message

    def test_a_site_without_the_stripe_plugin_is_not_at_fault(self) -> None:
        run_on_auth("DROP TABLE subscriptions")

        assert "has no table subscriptions" in the_yellow("better_auth").message


class TestColumns:
    def test_a_column_that_the_site_renamed(self) -> None:
        run_on_auth("ALTER TABLE users RENAME COLUMN team_id TO group_id")

        assert found("columns", Level.RED)[0].message.endswith("has no column users.team_id.")

    def test_a_time_that_became_a_number(self) -> None:
        make_sessions_anew(time="integer", now="0")

        assert "sessions.expires_at is integer" in found("columns", Level.RED)[0].message

    def test_more_columns_are_no_fault_and_listed(self) -> None:
        run_on_auth("ALTER TABLE users ADD COLUMN locale text")

        assert findings(Level.RED) == []
        assert any("users has more columns than we know: locale" in green.message for green in findings(Level.GREEN))

    @pytest.mark.postgresql
    def test_a_ledger_column_of_another_type_can_be_mended_as_advised(self) -> None:
        run_on_auth("ALTER TABLE credit_transactions ALTER COLUMN metadata TYPE text")

        follow(the_red("columns").advice)

        assert findings(Level.RED) == []

    @pytest.mark.postgresql
    def test_a_column_that_no_row_of_ours_could_fill(self) -> None:
        run_on_auth("ALTER TABLE teams ADD COLUMN plan text NOT NULL")

        assert "no row of ours can be inserted" in the_red("columns").message

    @pytest.mark.postgresql
    def test_a_column_that_refuses_what_we_leave_empty(self) -> None:
        run_on_auth("ALTER TABLE api_key_credits ALTER COLUMN expires_at SET NOT NULL")

        assert "api_key_credits.expires_at refuses to be empty" in the_red("columns").message

    @pytest.mark.postgresql
    def test_sessions_that_name_their_users_by_another_type(self) -> None:
        run_on_auth(
            "ALTER TABLE sessions DROP CONSTRAINT sessions_user_id_fkey",
            "ALTER TABLE sessions ALTER COLUMN user_id TYPE text",
        )

        assert "users.id is uuid and sessions.user_id is text" in found("columns", Level.RED)[0].message


class TestPeople:
    @pytest.mark.parametrize("id", ["Xb7hK2mQp9RtYw4ZcVn8LsDf3GjA6EuH", "A1B2C3D4-0000-4000-8000-000000000000"])
    def test_ids_that_are_no_uuids(self, rebuild_auth_tables: Any, id: str) -> None:
        rebuild_auth_tables(id="text", new_id="")
        run_on_auth(
            "INSERT INTO users (id, name, email, email_verified, created_at, updated_at)"
            f" VALUES ('{id}', 'Dave', 'dave@example.com', TRUE, CURRENT_TIMESTAMP, CURRENT_TIMESTAMP)"
        )

        fault = the_red("ids")

        assert f'1 of 1 users have ids that are not lower-case UUIDs, like "{id}"' in fault.message
        assert "advanced.database.generateId" in fault.advice

    def test_sessions_that_are_only_in_redis(self) -> None:
        Session.objects.all().delete()

        assert "storeSessionInDatabase" in the_yellow("sessions").advice


class TestMigrations:
    @pytest.mark.parametrize("name", ["0002_append_only", "0003_whole_credits"])
    def test_a_migration_that_has_not_run(self, name: str) -> None:
        run_on_auth(f"DELETE FROM django_migrations WHERE app = 'credits' AND name = '{name}'")

        assert f"lacks 1 migrations: credits.{name}" in the_red("migrations").message

    def test_a_twin_that_migrates_between_two_looks_is_no_fault(self) -> None:
        as_they_were = {name: table for name, table in read_tables(django_settings.AUTH_DB).items() if name != "teams"}

        assert [found.level for found in examine_migrations(django_settings.AUTH_DB, as_they_were)] == [Level.GREEN]

    def test_a_migration_from_a_newer_version(self) -> None:
        run_on_auth(
            "INSERT INTO django_migrations (app, name, applied) VALUES ('credits', '9999_more', CURRENT_TIMESTAMP)"
        )

        assert "credits.9999_more" in the_yellow("migrations").message

    def test_a_recorded_migration_whose_table_is_not_there(self) -> None:
        run_on_auth("DROP TABLE teams")

        fault = the_red("migrations")

        assert "Django has recorded the migrations of credits, but there is no teams" in fault.message
        assert "manage.py migrate credits zero --fake --database" in fault.advice

    def test_a_dropped_table_that_only_a_backup_brings_back(self) -> None:
        run_on("default", "DROP TABLE pending_answers")

        assert the_red("migrations").advice.startswith("They were dropped: restore these tables, and no others,")


@pytest.mark.postgresql
class TestDrizzle:
    JOURNAL = ("CREATE SCHEMA drizzle", "CREATE TABLE drizzle.__drizzle_migrations (id serial, hash text)")

    def test_its_journal_beside_better_auth_is_no_fault(self) -> None:
        run_on_auth(*self.JOURNAL)

        assert found("drizzle", Level.GREEN)[0].message.startswith("Drizzle has run 0 migrations")
        assert findings(Level.RED) == []

    @two_databases
    def test_a_site_that_migrated_fltr(self) -> None:
        run_on("default", *self.JOURNAL, f"CREATE TABLE users ({schema.TABLES['users'].format(**TYPES)})")

        fault = the_yellow("drizzle")

        assert "the site's migrations have run on the wrong database" in fault.message
        assert fault.advice.endswith("The journal here is the site's, and may stay.")

    @two_databases
    def test_another_program_s_journal_in_fltr_is_no_fault(self) -> None:
        run_on("default", *self.JOURNAL)

        assert "of a program that is not the site" in found("drizzle", Level.GREEN)[-1].message

    def test_a_journal_of_tables_that_are_not_there(self) -> None:
        run_on_auth(*self.JOURNAL, "INSERT INTO drizzle.__drizzle_migrations (hash) VALUES ('x')")
        run_on_auth("DROP TABLE users CASCADE")

        assert "Drizzle has recorded 1 migrations" in found("drizzle", Level.RED)[0].message


class TestIndexes:
    def test_tokens_that_are_not_unique(self) -> None:
        columns = schema.TABLES["sessions"].format(**TYPES).replace("token text NOT NULL UNIQUE", "token text")
        run_on_auth("DROP TABLE sessions", f"CREATE TABLE sessions ({columns})")

        assert "sessions.token is not unique" in the_red("indexes").message

    def test_a_ledger_that_would_take_a_key_twice_is_mended_as_advised(self) -> None:
        drop_unique_constraint()

        follow(the_red("indexes").advice)

        assert findings(Level.RED) == []

    @pytest.mark.parametrize(
        ("alias", "index"), [(django_settings.AUTH_DB, "credit_entry_by_account"), ("default", "job_refund_due")]
    )
    def test_an_index_that_was_dropped_comes_back_as_advised(self, alias: str, index: str) -> None:
        run_on(alias, f"DROP INDEX {index}")

        follow(the_yellow("indexes").advice)

        assert found("indexes", Level.YELLOW) == []

    @pytest.mark.postgresql
    def test_an_index_that_was_never_finished_does_not_count(self) -> None:
        run_on_auth("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'credit_entry_by_user'::regclass")

        assert "lacks the index credit_entry_by_user" in the_yellow("indexes").message


def drop_unique_constraint() -> None:
    if VENDOR == "postgresql":
        run_on_auth("ALTER TABLE credit_transactions DROP CONSTRAINT credit_entry_key_once_per_account")
        return
    connection = connections[django_settings.AUTH_DB]
    with connection.cursor() as cursor:
        cursor.execute("SELECT sql FROM sqlite_master WHERE name = 'credit_transactions'")
        [statement] = cursor.fetchone()
        cursor.execute("SELECT sql FROM sqlite_master WHERE tbl_name = 'credit_transactions' AND type <> 'table'")
        others = [sql for (sql,) in cursor.fetchall() if sql]
    start = statement.index(', CONSTRAINT "credit_entry_key_once_per_account"')
    end = statement.index(")", start) + 1
    run_on_auth("DROP TABLE credit_transactions", statement[:start] + statement[end:], *others)


@pytest.mark.postgresql
class TestRights:
    @pytest.fixture(autouse=True)
    def _as_somebody_who_may_only_read(self) -> None:
        run_on_auth(
            "CREATE ROLE fltr_reader",
            "GRANT SELECT ON ALL TABLES IN SCHEMA public TO fltr_reader",
            "GRANT INSERT, UPDATE, DELETE ON credit_transactions, api_key_credits, teams TO fltr_reader",
        )

    def rights(self) -> list[Finding]:
        """Ask as that role; the rest of an examination would be refused with it."""
        run_on_auth("SET LOCAL ROLE fltr_reader")
        tables = {name: table for name, table in read_tables(django_settings.AUTH_DB).items() if name in OF_FLTR_AUTH}
        found = list(examine_rights(django_settings.AUTH_DB, tables))
        run_on_auth("RESET ROLE")
        return found

    def test_a_user_who_may_not_write_balances_gets_the_right_as_advised(self) -> None:
        [fault] = self.rights()
        follow(fault.advice)

        assert "may not UPDATE (credits, total_credits_purchased, team_id, updated_at) ON users" in fault.message
        assert [finding.level for finding in self.rights()] == [Level.GREEN]

    def test_a_user_who_may_not_append_to_the_ledger(self) -> None:
        run_on_auth("REVOKE INSERT ON credit_transactions FROM fltr_reader")

        assert any("may not INSERT ON credit_transactions" in finding.message for finding in self.rights())


class TestLedger:
    def test_a_ledger_that_can_be_rewritten(self) -> None:
        table = " ON credit_transactions" if VENDOR == "postgresql" else ""
        run_on_auth(f"DROP TRIGGER credit_entries_are_kept{table}")

        fault = the_red("ledger")
        follow(fault.advice)

        assert "its trigger credit_entries_are_kept is missing" in fault.message
        assert findings(Level.RED) == []

    def test_an_audit_trail_that_can_be_rewritten_is_mended_as_advised(self) -> None:
        on_table = " ON fltr_audit" if connections[django_settings.AUTH_DB].vendor == "postgresql" else ""
        run_on_auth(f"DROP TRIGGER audit_entries_are_kept{on_table}")

        fault = the_red("audit")
        run_on_auth(*filter(None, fault.advice.partition("if it is gone: ")[2].split(";;")))

        assert "its trigger audit_entries_are_kept is missing" in fault.message
        assert findings(Level.RED) == []

    @pytest.mark.postgresql
    def test_a_trigger_that_is_disabled(self) -> None:
        run_on_auth("ALTER TABLE credit_transactions DISABLE TRIGGER credit_entries_are_kept")

        follow(the_red("ledger").advice)

        assert findings(Level.RED) == []

    @pytest.mark.postgresql
    def test_keys_that_are_tied_to_users_are_untied_as_advised(self) -> None:
        run_on_auth(
            "CREATE TABLE people (id text PRIMARY KEY)",
            "ALTER TABLE api_key_credits ADD CONSTRAINT tie FOREIGN KEY (user_id) REFERENCES people (id)",
        )

        fault = the_red("ledger")
        follow(fault.advice)

        assert "api_key_credits refers to people by the foreign key tie" in fault.message
        assert findings(Level.RED) == []

    def test_rows_of_users_who_are_gone(self) -> None:
        run_on_auth(f"DELETE FROM users WHERE id = '{make_user('Bob').id}'")

        assert "The ledger has 1 rows of 1 users who are not there" in the_yellow("orphans").message

    def test_members_of_a_team_that_is_not_there(self, signed_in: User) -> None:
        User.objects.filter(id=signed_in.id).update(team_id=str(uuid.uuid4()))

        assert f"1 users, {signed_in.email} among them" in the_yellow("orphans").message


class TestDatasets:
    def test_datasets_whose_owner_is_gone(self, signed_in: User) -> None:
        nobody = str(uuid.uuid4())
        make_dataset(nobody)
        make_dataset(signed_in.id, "hers")

        assert f"1 datasets belong to 1 users who are not there: {nobody}" in the_yellow("orphans").message

    def test_jobs_that_nobody_takes(self, signed_in: User) -> None:
        long_ago = timezone.now() - timedelta(hours=1)
        dataset = make_dataset(signed_in.id)
        ProcessingJob.objects.create(dataset=dataset, status=JobStatus.QUEUED, run_after=long_ago)

        assert "1 jobs wait for a worker, the first since" in the_yellow("jobs").message


class TestParts:
    def test_an_engine_that_is_not_started_is_no_fault(self, settings: Any, tmp_path: Path) -> None:
        settings.DATA_DIR = tmp_path

        assert "does not run" in the_yellow("milvus").message

    def test_a_milvus_that_does_not_answer(self, settings: Any) -> None:
        settings.VECTOR_STORE_URI = "http://127.0.0.1:1"

        assert the_red("milvus").message.startswith("Milvus: ")

    def test_a_redis_that_does_not_answer(self, settings: Any) -> None:
        settings.REDIS_URL = "redis://:planted-password@127.0.0.1:1/0"
        backend = "django.core.cache.backends.redis.RedisCache"
        settings.CACHES = {"default": {"BACKEND": backend, "LOCATION": settings.REDIS_URL}}

        fault = the_red("redis")

        assert fault.message == "Redis does not answer: calls are not counted."

    def test_several_web_processes_that_count_each_by_itself(self, settings: Any) -> None:
        settings.WEB_WORKERS = 3

        assert "3 web processes count calls each by itself" in the_yellow("redis").message

    def test_a_storage_that_cannot_be_written(self, settings: Any, tmp_path: Path) -> None:
        (tmp_path / "file").touch()
        settings.STORAGE_URL = str(tmp_path / "file" / "uploads")

        assert "cannot be written: not a directory" in the_red("storage").message

    def test_a_disk_that_is_nearly_full(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(datasets_doctor, "NO_SPACE_MB", 10**9)

        assert {fault.check for fault in findings(Level.RED)} == {"disk"}

    def test_a_secret_that_the_site_needs(self, settings: Any) -> None:
        settings.INTERNAL_WEBHOOK_SECRET = ""

        assert "INTERNAL_WEBHOOK_SECRET is not set" in the_yellow("settings").message


@pytest.mark.postgresql
@pytest.mark.django_db(databases="__all__", transaction=True)
class TestTime:
    @pytest.fixture(autouse=True)
    def _in_tokyo(self, monkeypatch: pytest.MonkeyPatch) -> Any:
        connection = connections[django_settings.AUTH_DB]
        monkeypatch.setitem(connection.settings_dict["OPTIONS"], "options", "-c timezone=Asia/Tokyo")
        connection.close()
        yield
        connection.close()

    def test_a_server_whose_default_is_not_utc(self) -> None:
        assert "time zone Asia/Tokyo, and its columns hold UTC without a zone" in the_yellow("clock").message

    def test_it_does_not_matter_where_columns_have_a_zone(self, rebuild_auth_tables: Any) -> None:
        rebuild_auth_tables(**auth_tables.AWARE_TIMES)
        make_session(make_user("Carol"))

        assert found("clock", Level.YELLOW) == []
