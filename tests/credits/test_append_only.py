"""The database itself refuses to rewrite the ledger."""

import uuid

import pytest
from django.conf import settings
from django.db import IntegrityError, connections

from authbridge.models import User
from credits import triggers
from credits.accounts import user_account
from credits.models import CreditTransaction
from credits.selectors import entries_of
from credits.services import add_credits
from credits.triggers import append_only, audit, totals
from tests.support.append_only import drop_trigger
from tests.support.scratch import scratch_databases
from tests.support.sql import execute

pytestmark = pytest.mark.django_db(databases=[settings.AUTH_DB])

COLUMNS = [field.column for field in CreditTransaction._meta.fields]
# What stands in the database: its own words for each trigger, and the functions they call.
TRIGGERS_THERE = {
    "postgresql": "SELECT tgname, pg_get_triggerdef(oid) FROM pg_trigger"
    " WHERE tgrelid = 'credit_transactions'::regclass AND NOT tgisinternal",
    "sqlite": "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'credit_transactions'",
}
FUNCTIONS_THERE = """
    SELECT DISTINCT p.proname FROM pg_proc AS p JOIN pg_trigger AS t ON t.tgfoid = p.oid
    WHERE t.tgrelid IN ('credit_transactions'::regclass, 'fltr_audit'::regclass) AND NOT t.tgisinternal
    ORDER BY p.proname"""
FUNCTIONS = (append_only.FUNCTIONS, totals.FUNCTIONS, audit.FUNCTIONS)
# Of another value than any row has, for columns of each type.
OTHER = {"amount": "77", "balance_after": "77", "created_at": "'2001-01-01'", "metadata": "'{}'"}


def triggers_there() -> dict[str, str]:
    rows = execute(TRIGGERS_THERE[connections[settings.AUTH_DB].vendor])
    return {name: " ".join(definition.split()) for name, definition in rows}


@pytest.mark.parametrize("column", COLUMNS)
def test_no_column_of_a_row_can_be_changed(alice: User, column: str) -> None:
    value = OTHER.get(column, f"'{uuid.uuid4()}'")

    with pytest.raises(IntegrityError, match="never changed or deleted"):
        execute(f"UPDATE credit_transactions SET {column} = {value} WHERE user_id = '{alice.id}'")


def test_no_row_can_be_deleted(alice: User) -> None:
    with pytest.raises(IntegrityError, match="never changed or deleted"):
        CreditTransaction.objects.filter(user_id=alice.id).delete()


@pytest.mark.postgresql
def test_the_table_cannot_be_emptied() -> None:
    with pytest.raises(IntegrityError, match="never changed or deleted"):
        execute("TRUNCATE credit_transactions")


COPY = "INSERT OR REPLACE INTO credit_transactions ({0}) SELECT {1} FROM credit_transactions WHERE user_id = %s"
OF_THE_ACCOUNT = "user_id, account_type, account_id, idempotency_key, created_at, amount, type"


@pytest.mark.skipif(connections[settings.AUTH_DB].vendor != "sqlite", reason="is about SQLite's OR REPLACE")
@pytest.mark.parametrize(
    "sql",
    [
        COPY.format(", ".join(COLUMNS), ", ".join(COLUMNS).replace("amount", "77")),
        COPY.format(f"id, {OF_THE_ACCOUNT}", f"'{uuid.uuid4()}', {OF_THE_ACCOUNT}"),
        COPY.format("rowid, id, user_id, created_at, amount, type", f"rowid, '{uuid.uuid4()}', user_id, 0, 7, 'bonus'"),
        "UPDATE OR REPLACE credit_transactions SET rowid = (SELECT MIN(rowid) FROM credit_transactions)"
        " WHERE user_id <> %s",
    ],
    ids=["by its id", "by its key", "by its place", "by another's place"],
)
def test_no_row_can_be_replaced(alice: User, bob: User, sql: str) -> None:
    with pytest.raises(IntegrityError, match="never changed or deleted"):
        execute(sql, alice.id)


def test_a_row_that_the_site_inserts_is_its_users(alice: User) -> None:
    id = uuid.uuid4()

    execute(
        f"INSERT INTO credit_transactions (id, user_id, amount, type, created_at)"
        f" VALUES ('{id}', '{alice.id}', 5, 'purchase', CURRENT_TIMESTAMP)"
    )

    assert id in [row.id for row in entries_of(user_account(alice.id))]


def test_rows_that_the_site_inserts_cannot_be_changed_either(alice: User) -> None:
    CreditTransaction.objects.create(user_id=alice.id, amount=5, type="purchase")

    with pytest.raises(IntegrityError, match="never changed or deleted"):
        execute("UPDATE credit_transactions SET account_id = 'somebody else' WHERE amount = 5")


def test_appending_goes_on(alice: User) -> None:
    add_credits(user_id=alice.id, amount=5, type="bonus", idempotency_key="more")

    assert [row.amount for row in entries_of(user_account(alice.id))] == [5, 100]


def test_the_triggers_as_the_service_knows_them_are_those_that_the_migrations_put_up() -> None:
    vendor = connections[settings.AUTH_DB].vendor
    migrated = triggers_there()

    known = triggers.KEEPING[vendor] | triggers.TOTALLING[vendor]

    for name in migrated:
        execute(drop_trigger(vendor, name))
    for statement in known.values():
        execute(statement)

    assert set(known) == set(migrated)
    assert triggers_there() == migrated


@pytest.mark.postgresql
@pytest.mark.parametrize("name", triggers.functions("postgresql"))
def test_what_keeps_rows_and_adds_them_up_is_what_the_migrations_put_up(name: str) -> None:
    body = "SELECT prosrc, prosecdef, proconfig FROM pg_proc WHERE proname = %s"
    [migrated] = execute(body, name)

    known = append_only.FUNCTIONS["postgresql"] | totals.FUNCTIONS["postgresql"] | audit.FUNCTIONS["postgresql"]
    execute(known[name])

    [(source, *others)] = execute(body, name)
    assert (source.split(), others) == (migrated[0].split(), list(migrated[1:]))


@pytest.mark.postgresql
def test_the_functions_that_the_service_takes_away_are_those_that_the_triggers_call() -> None:
    assert [name for (name,) in execute(FUNCTIONS_THERE)] == sorted(triggers.functions("postgresql"))


def test_the_triggers_can_be_taken_down_and_put_up_again(tmp_path) -> None:
    with scratch_databases(tmp_path) as scratch:
        scratch.make_auth_table("users")
        database = f"--database={settings.AUTH_DB}"
        for migration in ("0002", "0001", "0002"):
            scratch.manage("migrate", database, "credits", migration)
        scratch.execute(
            settings.AUTH_DB,
            f"INSERT INTO credit_transactions (id, user_id, amount, type, created_at)"
            f" VALUES ('{uuid.uuid4()}', 'u', 1, 'bonus', CURRENT_TIMESTAMP)",
        )

        with pytest.raises(Exception, match="never changed or deleted"):
            scratch.execute(settings.AUTH_DB, "DELETE FROM credit_transactions")
