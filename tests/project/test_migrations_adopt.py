"""The first migration of `credits` keeps what the site made and earned before us, and adds what is missing."""

import uuid
from datetime import UTC, datetime

import psycopg
import pytest
from django.conf import settings

from tests.support import warm
from tests.support.scratch import scratch_databases

# As a Drizzle schema has them, without what this project adds. The site only ever runs on PostgreSQL.
TABLES_OF_THE_SITE = [
    """CREATE TABLE credit_transactions (id {id} PRIMARY KEY, user_id text NOT NULL, team_id text,
        amount integer NOT NULL, type text NOT NULL, operation text, resource_id text, api_key_id text,
        metadata jsonb, created_at {time} NOT NULL DEFAULT CURRENT_TIMESTAMP)""",
    """CREATE TABLE api_key_credits (api_key text PRIMARY KEY, user_id text NOT NULL, team_id text, credits integer,
        daily_limit integer, monthly_limit integer, created_at {time} NOT NULL DEFAULT CURRENT_TIMESTAMP,
        updated_at {time} NOT NULL DEFAULT CURRENT_TIMESTAMP)""",
    """CREATE TABLE teams (id {id} PRIMARY KEY, name text NOT NULL, credits integer NOT NULL DEFAULT 0,
        owner_id text NOT NULL, created_at {time} NOT NULL DEFAULT CURRENT_TIMESTAMP,
        updated_at {time} NOT NULL DEFAULT CURRENT_TIMESTAMP)""",
]


@pytest.fixture
def scratch(tmp_path):
    with scratch_databases(tmp_path) as scratch:
        scratch.make_auth_table("users")
        yield scratch


def insert_user(scratch, *, credits):
    user_id = str(uuid.uuid4())
    scratch.execute(
        settings.AUTH_DB,
        f"INSERT INTO users (id, name, email, credits) VALUES ('{user_id}', 'Old', '{user_id}@example.com', {credits})",
    )
    return user_id


def insert_purchase(scratch, user_id, amount):
    scratch.execute(
        settings.AUTH_DB,
        f"INSERT INTO credit_transactions (id, user_id, amount, type)"
        f" VALUES ('{uuid.uuid4()}', '{user_id}', {amount}, 'purchase')",
    )


def make_tables_of_the_site(scratch, *, id, time="timestamp"):
    for table in TABLES_OF_THE_SITE:
        scratch.execute(settings.AUTH_DB, table.format(id=id, time=time))


def amounts(scratch, user_id):
    sql = f"SELECT type, amount FROM credit_transactions WHERE user_id = '{user_id}' ORDER BY type"
    return scratch.execute(settings.AUTH_DB, sql)


def migrate(scratch):
    scratch.manage("migrate", f"--database={settings.AUTH_DB}")


def test_a_user_who_had_credits_before_gets_one_opening_row(scratch):
    user_id = insert_user(scratch, credits=70)

    migrate(scratch)

    assert amounts(scratch, user_id) == [("opening", 70)]


def test_a_user_without_credits_gets_no_opening_row(scratch):
    user_id = insert_user(scratch, credits=0)

    migrate(scratch)

    assert amounts(scratch, user_id) == []


@pytest.mark.postgresql
@pytest.mark.parametrize("id_type", ["uuid", "text"])
def test_tables_the_site_made_are_adopted_with_their_rows(scratch, id_type):
    make_tables_of_the_site(scratch, id=id_type)
    user_id = insert_user(scratch, credits=50)
    insert_purchase(scratch, user_id, 50)

    migrate(scratch)

    assert amounts(scratch, user_id) == [("purchase", 50)]


@pytest.mark.postgresql
def test_credits_that_adopted_rows_do_not_explain_get_an_opening_row(scratch):
    make_tables_of_the_site(scratch, id="uuid")
    user_id = insert_user(scratch, credits=70)
    insert_purchase(scratch, user_id, 50)

    migrate(scratch)

    assert amounts(scratch, user_id) == [("opening", 20), ("purchase", 50)]


@pytest.mark.postgresql
@pytest.mark.parametrize("time", ["timestamp", "timestamptz"])
@pytest.mark.parametrize("zone", ["America/New_York", "Pacific/Kiritimati"])
def test_an_opening_row_is_dated_now_in_utc_whatever_the_server_s_zone(scratch, zone, time):
    scratch.execute(settings.AUTH_DB, f"ALTER DATABASE {scratch.names[settings.AUTH_DB]} SET timezone TO '{zone}'")
    make_tables_of_the_site(scratch, id="uuid", time=time)
    insert_user(scratch, credits=70)

    migrate(scratch)

    [(created_at,)] = scratch.execute(
        settings.AUTH_DB, "SELECT date_part('epoch', created_at) FROM credit_transactions"
    )
    assert abs(datetime.now(UTC).timestamp() - created_at) < 60


@pytest.mark.postgresql
def test_adopted_tables_get_the_constraint_that_a_key_counts_once(scratch):
    make_tables_of_the_site(scratch, id="text")

    migrate(scratch)

    columns = "(user_id, amount, type, account_type, account_id, idempotency_key)"
    row = "('u', 1, 'bonus', 'user', 'u', 'same key')"
    with pytest.raises(psycopg.errors.UniqueViolation, match="credit_entry_key_once_per_account"):
        scratch.execute(settings.AUTH_DB, f"INSERT INTO credit_transactions {columns} VALUES {row}, {row}")


@pytest.mark.postgresql
@pytest.mark.parametrize(
    ("type", "remedy"),
    [
        ("uuid", "ALTER TABLE credit_transactions ALTER COLUMN user_id TYPE text;"),
        (
            "uuid CONSTRAINT tie REFERENCES users (id) ON DELETE CASCADE",
            'ALTER TABLE credit_transactions DROP CONSTRAINT "tie", ALTER COLUMN user_id TYPE text;',
        ),
    ],
)
def test_a_ledger_that_is_tied_to_users_is_refused_until_it_is_not(scratch, type, remedy):
    table = TABLES_OF_THE_SITE[0].format(id="uuid", time="timestamp").replace("user_id text", f"user_id {type}")
    scratch.execute(settings.AUTH_DB, table)

    refused = warm.run(["manage.py", "init_databases"], scratch.environment)

    assert refused.returncode == 1
    assert remedy in refused.stderr
    assert "Traceback" not in refused.stderr
    scratch.execute(settings.AUTH_DB, remedy)
    assert "migrated" in scratch.manage("init_databases")
