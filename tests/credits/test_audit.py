"""What people and operators do by hand is noted for good: who, from where, to what, before and after."""

import os
import pwd
import socket
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import DatabaseError, IntegrityError, connections, transaction
from django.test import Client
from rest_framework.test import APIClient

from authbridge.models import User
from authbridge.shared.acting import ActorType
from credits import ledger, triggers
from credits.accounts import user_account
from credits.models import ApiKeyCredits, AuditAction, AuditEntry, CreditTransaction
from credits.services import add_credits, create_api_key, grant_by_staff, note_act, revoke_api_key
from credits.services import audit as audit_service
from credits.services.audit import FAILURES_NOTED_AN_HOUR, note_failed_sign_in, note_prices
from credits.triggers import audit
from tests.support.append_only import drop_trigger
from tests.support.sql import execute
from tests.support.staff import choose, client_of_staff

pytestmark = pytest.mark.django_db(databases="__all__")

COLUMNS = [field.column for field in AuditEntry._meta.fields]
OTHER = {"created_at": "'2001-01-01'", "before": "'{}'", "after": "'{}'", "details": "'{}'"}
TRIGGERS_THERE = {
    "postgresql": "SELECT tgname, pg_get_triggerdef(oid) FROM pg_trigger"
    " WHERE tgrelid = 'fltr_audit'::regclass AND NOT tgisinternal",
    "sqlite": "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'fltr_audit'",
}
FORM = {"reason": "They asked kindly.", "key": "k"}
FROM_AFAR = {"REMOTE_ADDR": "203.0.113.7"}


def triggers_there() -> dict[str, str]:
    rows = execute(TRIGGERS_THERE[connections[settings.AUTH_DB].vendor])
    return {name: " ".join(definition.split()) for name, definition in rows}


def entries(action: AuditAction) -> list[AuditEntry]:
    return list(AuditEntry.objects.filter(action=action).order_by("created_at"))


def only(action: AuditAction) -> AuditEntry:
    [entry] = entries(action)
    return entry


def who(entry: AuditEntry) -> tuple[str, str, str]:
    return entry.actor_type, entry.actor, entry.place


def operator(door: str = "command line") -> tuple[str, str, str]:
    return ActorType.OPERATOR, pwd.getpwuid(os.getuid()).pw_name, f"{door} on {socket.gethostname()}"


@pytest.fixture
def staff() -> Client:
    return client_of_staff()


@pytest.fixture
def charged(alice: User) -> CreditTransaction:
    return ledger.charge(account=user_account(alice.id), amount=10, operation="hybrid_query", idempotency_key="c")


class TestTheDatabaseKeepsIt:
    @pytest.mark.parametrize("column", COLUMNS)
    def test_no_column_of_an_entry_can_be_changed(self, column: str) -> None:
        note_act(AuditAction.RECOUNT)
        value = OTHER.get(column, f"'{uuid.uuid4()}'")

        with pytest.raises(IntegrityError, match="never changed or deleted"):
            execute(f"UPDATE fltr_audit SET {column} = {value}")

    def test_no_entry_can_be_deleted(self) -> None:
        note_act(AuditAction.RECOUNT)

        with pytest.raises(IntegrityError, match="never changed or deleted"):
            AuditEntry.objects.all().delete()

    def test_no_entry_can_be_put_in_the_place_of_another(self) -> None:
        entry = note_act(AuditAction.RECOUNT)
        replacing = "INSERT OR REPLACE" if connections[settings.AUTH_DB].vendor == "sqlite" else "INSERT"

        # PostgreSQL knows no such statement, and refuses the id.
        with pytest.raises(IntegrityError):
            execute(
                f"{replacing} INTO fltr_audit (id, created_at, action, actor_type, actor, place, subject_type)"
                f" VALUES ('{entry.id}', '2001-01-01', 'x', '', '', '', '')"
            )

    @pytest.mark.postgresql
    def test_the_table_cannot_be_emptied(self) -> None:
        with pytest.raises(IntegrityError, match="never changed or deleted"):
            execute("TRUNCATE fltr_audit")

    def test_the_triggers_as_the_service_knows_them_are_those_that_the_migration_puts_up(self) -> None:
        vendor = connections[settings.AUTH_DB].vendor
        migrated = triggers_there()
        for name in migrated:
            execute(drop_trigger(vendor, name, "fltr_audit"))

        for statement in [*audit.FUNCTIONS[vendor].values(), *audit.TRIGGERS[vendor].values()]:
            execute(statement)

        assert triggers_there() == migrated
        assert set(migrated) == set(triggers.AUDITING[vendor])


class TestItIsOneWithTheMoney:
    def test_what_is_undone_was_never_noted(self, alice: User) -> None:
        with transaction.atomic(using=settings.AUTH_DB):
            grant_by_staff(user_id=alice.id, amount=5, reason="r", by="b")
            transaction.set_rollback(True, using=settings.AUTH_DB)

        assert not entries(AuditAction.GRANT)

    @pytest.mark.parametrize("act", ["grant", "refund", "explain", "revoke"])
    def test_what_cannot_be_noted_is_not_done(
        self, act: str, alice: User, charged: CreditTransaction, staff: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        key, _ = create_api_key(user_id=alice.id, name="laptop", credits=30)
        execute("UPDATE users SET credits = credits + 7 WHERE id = %s", alice.id)
        before = list(CreditTransaction.objects.values_list("id", flat=True)), balance(alice)
        monkeypatch.setattr(AuditEntry.objects, "create", refuse)

        with pytest.raises(DatabaseError):
            acts(alice, charged, key)[act]()

        assert (list(CreditTransaction.objects.values_list("id", flat=True)), balance(alice)) == before
        assert ApiKeyCredits.objects.get(id=key.id).revoked_at is None

    def test_a_grant_that_is_asked_for_twice_is_noted_once(self, alice: User) -> None:
        for _ in range(2):
            grant_by_staff(user_id=alice.id, amount=5, reason="r", by="b", idempotency_key="k")

        assert len(entries(AuditAction.GRANT)) == 1


def refuse(*_: Any, **__: Any) -> Any:
    raise DatabaseError


def balance(user: User) -> int:
    user.refresh_from_db()
    return user.credits


def acts(alice: User, charged: CreditTransaction, key: ApiKeyCredits) -> dict[str, Callable[[], Any]]:
    from credits.services import explain_balance, refund_by_staff

    return {
        "grant": lambda: grant_by_staff(user_id=alice.id, amount=5, reason="r", by="b"),
        "refund": lambda: refund_by_staff(transaction_id=charged.id, reason="r", by="b"),
        "explain": lambda: explain_balance(account=user_account(alice.id), reason="r", by="b"),
        "revoke": lambda: revoke_api_key(user_id=alice.id, key_id=key.id),
    }


class TestStaff:
    def test_a_grant_says_who_from_where_and_what_it_changed(self, staff: Client, alice: User) -> None:
        staff.post(f"/admin/authbridge/user/{alice.id}/grant/", {**FORM, "amount": 25, "type": "bonus"}, **FROM_AFAR)

        entry = only(AuditAction.GRANT)
        assert who(entry) == (ActorType.STAFF, "staff-0", "203.0.113.7")
        assert (entry.subject_type, entry.subject_id, entry.user_id) == ("user", alice.id, alice.id)
        assert (entry.before, entry.after) == ({"balance": 100}, {"balance": 125})
        row = CreditTransaction.objects.get(amount=25)
        expected = {"amount": 25, "transaction_id": str(row.id), "type": "bonus", "reason": FORM["reason"]}
        assert entry.details == expected

    def test_behind_a_proxy_the_address_is_the_clients(self, staff: Client, alice: User, settings: Any) -> None:
        settings.TRUSTED_PROXIES = ["127.0.0.1"]

        staff.post(
            f"/admin/authbridge/user/{alice.id}/grant/",
            {**FORM, "amount": 25, "type": "bonus"},
            HTTP_X_FORWARDED_FOR="198.51.100.1, 203.0.113.9",
        )

        assert only(AuditAction.GRANT).place == "203.0.113.9"

    def test_a_refund(self, staff: Client, alice: User, charged: CreditTransaction) -> None:
        staff.post(f"/admin/credits/credittransaction/{charged.id}/refund/", {**FORM, "amount": 4}, **FROM_AFAR)

        entry = only(AuditAction.REFUND)
        assert who(entry) == (ActorType.STAFF, "staff-0", "203.0.113.7")
        assert (entry.before, entry.after) == ({"balance": 90}, {"balance": 94})
        assert entry.details["refund_of"] == str(charged.id)

    def test_an_explained_balance(self, staff: Client, alice: User) -> None:
        execute("UPDATE users SET credits = credits + 7 WHERE id = %s", alice.id)

        staff.post(f"/admin/authbridge/user/{alice.id}/explain/", FORM, **FROM_AFAR)

        entry = only(AuditAction.EXPLAIN)
        assert who(entry) == (ActorType.STAFF, "staff-0", "203.0.113.7")
        assert (entry.before, entry.after) == ({"unexplained": 7}, {"unexplained": 0})

    def test_a_key_revoked_by_staff_is_its_owners_still(self, staff: Client, alice: User) -> None:
        key, _ = create_api_key(user_id=alice.id, name="laptop", credits=30)

        choose(staff, "credits_apikeycredits", "revoke", key.id)

        entry = only(AuditAction.REVOKE_KEY)
        assert (entry.actor_type, entry.user_id, entry.subject_id) == (ActorType.STAFF, alice.id, key.id)
        assert entry.before == {"revoked_at": None, "credits": 30}


class TestPeople:
    def test_a_key_revoked_by_its_owner_names_the_owner(self, alice: User, alice_client: APIClient) -> None:
        key, _ = create_api_key(user_id=alice.id, name="laptop")

        for _ in range(2):
            alice_client.delete(f"/api/v1/api-keys/{key.id}", REMOTE_ADDR="203.0.113.7")

        entry = only(AuditAction.REVOKE_KEY)
        assert who(entry) == (ActorType.USER, str(alice.id), "203.0.113.7")
        assert entry.after["revoked_at"]

    def test_what_the_site_does_stands_in_the_ledger_alone(self, alice: User, service_client: APIClient) -> None:
        body = {"user_id": str(alice.id), "amount": 5, "type": "purchase", "idempotency_key": "k"}

        assert service_client.post("/api/v1/credits/add", body).status_code in (200, 201)

        assert not AuditEntry.objects.exists()


class TestOperators:
    def test_a_command_says_which_unix_user_ran_it_where(self, alice: User) -> None:
        call_command("grant_credits", alice.email, "25", reason="They asked.")

        entry = only(AuditAction.GRANT)
        assert who(entry) == operator()
        assert entry.details["reason"] == "They asked."

    def test_explaining_a_balance(self, alice: User) -> None:
        execute("UPDATE users SET credits = credits + 7 WHERE id = %s", alice.id)

        call_command("explain_balance", alice.email, reason="An import.")

        assert who(only(AuditAction.EXPLAIN)) == operator()

    def test_counting_totals_anew(self) -> None:
        call_command("recount_ledger")

        assert who(only(AuditAction.RECOUNT)) == operator()

    def test_a_user_without_a_name_is_a_number(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(os, "getuid", lambda: 4_000_123_456)

        assert note_act(AuditAction.RECOUNT).actor == "4000123456"


class TestPrices:
    def test_the_first_start_notes_what_things_cost(self) -> None:
        note_prices()

        entry = only(AuditAction.CHANGE_PRICES)
        assert who(entry) == operator("start")
        assert entry.before is None
        assert entry.after["operations"]["dataset_create"] == 2

    def test_a_start_with_the_same_prices_notes_nothing(self) -> None:
        note_prices()

        assert note_prices() is None
        only(AuditAction.CHANGE_PRICES)

    def test_a_start_with_others_notes_both(self, settings: Any) -> None:
        note_prices()
        settings.PRICES = {"dataset_create": 7}

        note_prices()

        entry = entries(AuditAction.CHANGE_PRICES)[-1]
        assert (entry.before["operations"]["dataset_create"], entry.after["operations"]["dataset_create"]) == (2, 7)

    def test_of_processes_that_start_together_one_notes_them(self, monkeypatch: pytest.MonkeyPatch) -> None:
        note_prices()
        # The other has looked before this one wrote.
        monkeypatch.setattr(audit_service, "last_prices", lambda: None)

        assert note_prices() is None
        only(AuditAction.CHANGE_PRICES)


def test_failed_sign_ins_are_noted_up_to_a_number_in_an_hour() -> None:
    for _ in range(FAILURES_NOTED_AN_HOUR + 2):
        note_failed_sign_in()

    noted = entries(AuditAction.FAIL_SIGN_IN)
    assert len(noted) == FAILURES_NOTED_AN_HOUR
    assert [entry.details for entry in noted if entry.details] == [{"more": "Further ones are not noted for an hour."}]


def test_a_movement_of_the_site_s_is_no_act(alice: User) -> None:
    add_credits(user_id=alice.id, amount=1, type="bonus", idempotency_key="k")

    assert not AuditEntry.objects.exists()
