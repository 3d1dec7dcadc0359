"""The database adds the ledger's rows up as they come, whoever appends them, and verify_ledger proves it."""

import os
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connections, transaction

from authbridge.models import User
from credits import ledger
from credits.accounts import key_account, user_account
from credits.models import CreditTransaction, DayTotal, KeyTotal, LedgerVerification, QuarterTotal
from credits.periods import start_of_day
from credits.proof import verification
from credits.proof.sums import wrong_totals
from credits.proof.verification import verify
from credits.selectors import spent_with_key
from credits.services import add_credits, create_api_key
from credits.triggers import totals
from tests.support import postgres
from tests.support.append_only import without_triggers
from tests.support.scratch import scratch_databases
from tests.support.sql import execute

pytestmark = pytest.mark.django_db(databases=[settings.AUTH_DB])

TABLES = ("fltr_quarter_totals", "fltr_day_totals", "fltr_key_totals")
INSERT_BARE = (
    "INSERT INTO credit_transactions (id, user_id, amount, type, created_at)"
    " VALUES ('{id}', '{user}', {amount}, 'usage', {at})"
)


def charge(user: User, amount: int = 10, **more: Any) -> CreditTransaction:
    account = more.pop("account", None) or user_account(user.id)
    key = more.pop("key", None) or str(uuid.uuid4())
    return ledger.charge(account=account, amount=amount, operation="hybrid_query", idempotency_key=key, **more)


def quarters(user: User, **filters: Any) -> list[tuple[str, int, int]]:
    rows = QuarterTotal.objects.filter(account_id=user.id, **filters).order_by("quarter", "type")
    return list(rows.values_list("type", "entries", "amount"))


@pytest.fixture
def key(alice: User) -> Any:
    return create_api_key(user_id=alice.id, name="k", monthly_limit=50)[0]


def test_rows_of_a_quarter_of_an_hour_become_one_total(alice: User) -> None:
    for moment in ("10:00:00", "10:14:59.999999", "10:15:00"):
        CreditTransaction.objects.create(
            user_id=alice.id, amount=-1, type="usage", created_at=datetime.fromisoformat(f"2026-03-01T{moment}+00:00")
        )

    assert quarters(alice, type="usage") == [("usage", 2, -2), ("usage", 1, -1)]
    assert QuarterTotal.objects.filter(type="usage").order_by("quarter").last().quarter == datetime(
        2026, 3, 1, 10, 15, tzinfo=UTC
    )


def test_a_total_says_for_whom_and_what(alice: User, key: Any) -> None:
    dataset = uuid.uuid4()
    charged = charge(alice, dataset_id=dataset, api_key_id=key.id)
    ledger.refund(transaction_id=charged.id, amount=4, idempotency_key="r")

    named = {"dataset_id": dataset, "api_key_id": key.id, "user_id": alice.id, "operation": "hybrid_query"}
    assert quarters(alice, **named) == [("refund", 1, 4), ("usage", 1, -10)]


def test_a_repeat_and_a_refusal_add_nothing(alice: User) -> None:
    charge(alice, key="once")
    before = list(DayTotal.objects.order_by("type").values_list())

    charge(alice, key="once")
    with pytest.raises(Exception, match="credits"):
        charge(alice, amount=1_000)

    assert list(DayTotal.objects.order_by("type").values_list()) == before


def test_what_is_rolled_back_was_not_added(alice: User) -> None:
    with transaction.atomic(using=settings.AUTH_DB):
        charge(alice)
        transaction.set_rollback(True, using=settings.AUTH_DB)

    assert quarters(alice, type="usage") == []


def test_a_row_of_the_sites_that_names_no_account_is_its_users(alice: User) -> None:
    execute(INSERT_BARE.format(id=uuid.uuid4(), user=alice.id, amount=-3, at="CURRENT_TIMESTAMP"))

    assert quarters(alice, type="usage", operation="") == [("usage", 1, -3)]


def test_many_rows_of_one_statement_are_added_up(alice: User) -> None:
    CreditTransaction.objects.bulk_create(
        CreditTransaction(user_id=alice.id, amount=-2, type="usage", operation="hybrid_query") for _ in range(40)
    )

    assert sum(amount for _, _, amount in quarters(alice, type="usage")) == -80
    assert list(wrong_totals(None)) == []


def test_a_key_has_used_what_its_calls_cost_whoever_paid(alice: User, key: Any) -> None:
    pool, _ = create_api_key(user_id=alice.id, name="pool", credits=30)
    charge(alice, 5, api_key_id=key.id)
    charge(alice, 7, api_key_id=key.id, account=key_account(pool.id, alice.id))
    add_credits(user_id=alice.id, amount=50, type="bonus", idempotency_key="b")

    assert spent_with_key(key.id) == (12, 12)


def test_a_refund_counts_on_its_own_day(alice: User, key: Any) -> None:
    yesterday = start_of_day() - timedelta(days=1)
    for amount, type, moment in ((-9, "usage", yesterday), (4, "refund", start_of_day())):
        CreditTransaction.objects.create(
            user_id=alice.id, amount=amount, type=type, api_key_id=key.id, created_at=moment
        )

    days = KeyTotal.objects.order_by("day").values_list("day", "amount")
    assert list(days) == [(yesterday.date(), -9), (start_of_day().date(), 4)]


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("harm", ["DELETE FROM {}", "UPDATE {} SET amount = amount + 1", "UPDATE {} SET entries = 7"])
def test_a_wrong_total_is_found_and_counted_anew(alice: User, key: Any, table: str, harm: str) -> None:
    charge(alice, api_key_id=key.id)
    execute(harm.format(table))

    found = verify().problems
    call_command("recount_ledger", verbosity=0)

    assert {problem.rule for problem in found} == {None}
    assert verify().problems == []


def test_an_account_whose_balance_and_totals_were_both_changed_is_found(alice: User) -> None:
    charge(alice)
    for table in TABLES[:2]:
        execute(f"UPDATE {table} SET amount = amount + 7 WHERE type = 'usage'")
    execute("UPDATE users SET credits = credits + 7 WHERE id = %s", alice.id)

    assert {2, None} == {problem.rule for problem in verify().problems}


def test_rows_that_nobody_adds_up_are_found() -> None:
    vendor = connections[settings.AUTH_DB].vendor
    execute("DROP TRIGGER credit_entries_are_totalled" + (" ON credit_transactions" if vendor == "postgresql" else ""))

    assert ["does not add up new rows" in problem.message for problem in verify().problems] == [True]


@pytest.mark.postgresql
def test_a_role_that_may_only_insert_rows_needs_no_right_to_the_totals(alice: User) -> None:
    execute("CREATE ROLE fltr_test_site")
    execute("GRANT INSERT ON credit_transactions TO fltr_test_site")
    execute("SET LOCAL ROLE fltr_test_site")
    execute(INSERT_BARE.format(id=uuid.uuid4(), user=alice.id, amount=-3, at="now()"))
    execute("RESET ROLE")

    assert quarters(alice, type="usage") == [("usage", 1, -3)]


class TestFromTheLastVerifiedRowOn:
    """A large ledger is read from the day on that an earlier run verified."""

    @pytest.fixture(autouse=True)
    def _large(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(verification, "FEW_ROWS", 0)

    @pytest.fixture
    def verified(self, make_user: Any) -> User:
        """A user whose two rows are old, and were found right."""
        user: User = make_user("Old", credits=0)
        for days, type, amount, balance in ((40, "bonus", 100, 100), (30, "usage", -1, 99)):
            CreditTransaction.objects.create(
                user_id=user.id,
                account_type="user",
                account_id=user.id,
                type=type,
                amount=amount,
                balance_after=balance,
                created_at=datetime.now(UTC) - timedelta(days=days),
            )
        execute("UPDATE users SET credits = 99 WHERE id = %s", user.id)
        assert verify().problems == []
        return user

    def test_the_first_run_reads_everything(self, alice: User) -> None:
        assert verify().since is None

    def test_the_next_reads_from_the_last_settled_day_on(self, verified: User) -> None:
        assert verify().since == verification.settled_day()

    def test_all_reads_everything(self, verified: User) -> None:
        assert verify(everything=True).since is None

    def test_few_rows_are_read_each_time(self, verified: User, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(verification, "FEW_ROWS", 3)

        assert verify().since is None

    def test_what_is_new_and_right_stays_right(self, verified: User) -> None:
        charged = charge(verified)
        ledger.refund(transaction_id=charged.id, amount=4, idempotency_key="r")

        assert (verify().problems, verify().since) == ([], verification.settled_day())

    def test_a_change_of_an_old_row_is_for_all_to_find(self, verified: User) -> None:
        with without_triggers():
            execute("UPDATE credit_transactions SET amount = amount - 1 WHERE amount = -1")

        assert verify().problems == []
        assert verify(everything=True).problems != []

    @pytest.mark.parametrize(
        ("harm", "rule"),
        [
            ("UPDATE users SET credits = credits + 1", 2),
            ("UPDATE fltr_day_totals SET amount = amount + 1", None),
            ("UPDATE fltr_quarter_totals SET amount = amount + 1", None),
            ("UPDATE fltr_key_totals SET amount = amount + 1", None),
        ],
    )
    def test_balances_and_totals_are_looked_at_each_time(self, verified: User, key: Any, harm: str, rule: Any) -> None:
        charge(verified, api_key_id=key.id)
        execute(harm)

        assert rule in {problem.rule for problem in verify().problems}

    def test_a_lost_new_row_is_found_even_if_the_balance_was_made_to_agree(self, verified: User) -> None:
        for number in range(3):
            charge(verified, key=f"c-{number}")
        with without_triggers():
            execute("DELETE FROM credit_transactions WHERE idempotency_key = 'c-1'")
        execute("UPDATE users SET credits = credits + 10 WHERE id = %s", verified.id)
        totals.recount()

        assert 5 in {problem.rule for problem in verify().problems}

    def test_too_much_refunded_of_an_old_charge_is_found(self, verified: User) -> None:
        old = CreditTransaction.objects.filter(type="usage").first()
        CreditTransaction.objects.create(user_id=verified.id, amount=2, type="refund", refund_of=old.id)

        assert 6 in {problem.rule for problem in verify().problems}

    def test_what_some_of_the_rows_seem_to_say_is_asked_of_all(self, alice: User) -> None:
        # The site dates its rows back to before the first of ours, and they tell no balance.
        at = (datetime.now(UTC) - timedelta(days=30)).isoformat(" ")
        execute(INSERT_BARE.format(id=uuid.uuid4(), user=alice.id, amount=-1, at=f"'{at}'"))
        execute("UPDATE users SET credits = 99 WHERE id = %s", alice.id)
        assert verify().problems == []

        assert (verify().problems, verify().since) == ([], None)

    def test_what_was_found_wrong_is_not_taken_for_verified(self, alice: User) -> None:
        execute("UPDATE users SET credits = credits + 1 WHERE id = %s", alice.id)
        verify()
        execute("UPDATE users SET credits = credits - 1 WHERE id = %s", alice.id)

        assert verify().since is None


def test_rows_from_before_the_totals_are_counted_when_they_come(tmp_path: Any) -> None:
    with scratch_databases(tmp_path) as scratch:
        scratch.make_auth_table("users")
        database = f"--database={settings.AUTH_DB}"
        scratch.manage("migrate", database, "credits", "0004")
        at = "'2026-03-01 10:20:00'"
        scratch.execute(settings.AUTH_DB, INSERT_BARE.format(id=uuid.uuid4(), user="u", amount=-3, at=at))

        scratch.manage("migrate", database)
        scratch.execute(settings.AUTH_DB, INSERT_BARE.format(id=uuid.uuid4(), user="u", amount=-4, at=at))

        added = "SELECT account_type, account_id, entries, amount FROM {}"
        for table in TABLES[:2]:
            assert scratch.execute(settings.AUTH_DB, added.format(table)) == [("user", "u", 2, -7)]

        scratch.manage("migrate", database, "credits", "0004", ALLOW_DROPPING_DATA="1")
        scratch.manage("migrate", database)
        assert scratch.execute(settings.AUTH_DB, added.format(TABLES[0])) == [("user", "u", 2, -7)]


def test_the_largest_amounts_are_added_up_and_proved(make_user: Any) -> None:
    user = make_user("Rich", credits=0)
    add_credits(user_id=user.id, amount=2**31 - 1, type="purchase", idempotency_key="all")
    for number in range(3):
        CreditTransaction.objects.create(user_id=user.id, amount=2**31 - 1, type="bonus", idempotency_key=f"{number}")

    assert list(wrong_totals(None)) == []
    assert sum(amount for _, _, amount in quarters(user)) == 4 * (2**31 - 1)


@pytest.mark.postgresql
def test_rows_that_come_while_the_totals_do_are_counted_once(tmp_path: Any) -> None:
    with scratch_databases(tmp_path) as scratch:
        scratch.make_auth_table("users")
        database = f"--database={settings.AUTH_DB}"
        scratch.manage("migrate", database, "credits", "0005")
        url = postgres.with_database(os.environ["DATABASE_URL"], scratch.names[settings.AUTH_DB])
        is_over, written = threading.Event(), []

        def write() -> None:
            with psycopg.connect(url, autocommit=True) as site:
                while not is_over.is_set():
                    site.execute(INSERT_BARE.format(id=uuid.uuid4(), user="u", amount=-1, at="now()").encode())
                    written.append(1)

        with psycopg.connect(url) as undecided, ThreadPoolExecutor(2) as threads:
            undecided.execute(INSERT_BARE.format(id=uuid.uuid4(), user="u", amount=-1, at="now()").encode())
            writer = threads.submit(write)
            migration = threads.submit(scratch.manage, "migrate", database)
            with pytest.raises(TimeoutError):
                migration.result(timeout=3)
            undecided.commit()
            migration.result()
            is_over.set()
            writer.result()

        added = "SELECT SUM(entries), SUM(amount) FROM {}"
        for table in TABLES[:2]:
            assert scratch.execute(settings.AUTH_DB, added.format(table)) == [(len(written) + 1, -len(written) - 1)]
        assert not [table for table in scratch.tables(settings.AUTH_DB) if table.endswith("_counted")]


def test_runs_of_the_proof_are_remembered_for_a_year(alice):
    now = datetime.now(UTC)
    for days in (364, 366):
        LedgerVerification.objects.create(finished_at=now - timedelta(days=days), until=now, rows=days)

    verify()

    assert sorted(LedgerVerification.objects.values_list("rows", flat=True)) == [1, 364]
