"""What is taken for an argument about money, and what is refused as a wrong value: with whom it is about."""

import uuid
from typing import Any

import pytest
from django.conf import settings

from authbridge.models import User
from authbridge.shared.callers import UserRow
from credits import services
from credits.accounts import user_account
from credits.models import CreditOperation, CreditTransaction
from credits.services import Charge, Payer, add_credits, create_api_key, deduct_credits, grant_by_staff
from credits.statements import Movement

pytestmark = pytest.mark.django_db(databases=[settings.AUTH_DB])

NO_WHOLE_NUMBERS = (1.5, "5", True)


class TestAmounts:
    @pytest.mark.parametrize("amount", NO_WHOLE_NUMBERS)
    def test_no_movement_is_made_of_anything_but_whole_credits(self, amount: Any, alice: User) -> None:
        common: dict[str, Any] = {"type": "bonus", "idempotency_key": "k"}
        with pytest.raises(TypeError, match=r"^amount must be a whole number"):
            Movement(user_account(alice.id), amount, **common)
        with pytest.raises(TypeError, match=r"^purchased must be a whole number"):
            Movement(user_account(alice.id), 1, purchased=amount, **common)

    @pytest.mark.parametrize("amount", NO_WHOLE_NUMBERS)
    def test_neither_is_a_charge_or_what_a_payer_has(self, amount: Any, alice: User) -> None:
        with pytest.raises(TypeError, match=r"^amount must be a whole number"):
            Charge("hybrid_query", amount, "k")
        with pytest.raises(TypeError, match=r"^known_balance must be a whole number"):
            Payer(user_account(alice.id), known_balance=amount)

    def test_half_a_credit_is_neither_taken_nor_written(self, alice: User) -> None:
        for amount in (1.5, 0.4):
            with pytest.raises(TypeError, match=rf"amount must be a whole number \(int\), not {amount} \(float\)"):
                deduct_credits(user_id=alice.id, amount=amount, operation="hybrid_query", idempotency_key="k")

        alice.refresh_from_db()
        assert alice.credits == 100
        assert not CreditTransaction.objects.filter(type="usage").exists()

    @pytest.mark.parametrize("amount", [0, -1])
    def test_nothing_and_less_are_wrong_values(self, amount: int, alice: User) -> None:
        with pytest.raises(ValueError, match=r"must be positive"):
            deduct_credits(user_id=alice.id, amount=amount, operation="hybrid_query", idempotency_key="k")


class TestOperations:
    def test_one_that_nobody_knows_does_not_enter_the_ledger(self, alice: User) -> None:
        with pytest.raises(ValueError, match=r"^operation must be one of dataset_create, .* not 'nonsense'"):
            deduct_credits(user_id=alice.id, amount=1, operation="nonsense", idempotency_key="k")

        assert not CreditTransaction.objects.filter(type="usage").exists()

    @pytest.mark.parametrize("operation", CreditOperation)
    def test_each_that_there_is_does_as_text(self, alice: User, operation: CreditOperation) -> None:
        entry = deduct_credits(user_id=alice.id, amount=1, operation=operation, idempotency_key="k")

        assert (type(entry.operation), entry.operation) == (str, operation.value)

    def test_so_does_one_that_the_settings_price(self, alice: User, settings: Any) -> None:
        settings.PRICES = {"poster_print": 3}

        assert deduct_credits(user_id=alice.id, amount=3, operation="poster_print", idempotency_key="k").amount == -3

    def test_credits_are_given_for_a_reason_that_there_is(self, alice: User) -> None:
        with pytest.raises(ValueError, match=r"^type must be one of bonus, purchase, not 'usage'"):
            add_credits(user_id=alice.id, amount=1, type="usage", idempotency_key="k")


class TestIds:
    def test_a_user_is_taken_for_their_id(self, alice: User) -> None:
        row = UserRow(alice.id, "Alice", alice.email, 100, 0, None, alice.created_at)
        given: tuple[Any, ...] = (alice, row, uuid.UUID(str(alice.id)), alice.id)

        entries = [
            add_credits(user_id=user, amount=1, type="bonus", idempotency_key=f"k{number}")
            for number, user in enumerate(given)
        ]

        assert {entry.user_id for entry in entries} == {alice.id}

    def test_a_row_is_taken_for_its_id(self, alice: User) -> None:
        charged: Any = deduct_credits(user_id=alice.id, amount=3, operation="hybrid_query", idempotency_key="k")

        assert services.give_back(charged, reason="It is a test.") == 3


class TestTexts:
    @pytest.mark.parametrize("key", ["", " ", "\n"])
    def test_an_empty_key_would_stand_for_every_call(self, alice: User, key: str) -> None:
        with pytest.raises(ValueError, match=r"^idempotency_key must not be empty"):
            add_credits(user_id=alice.id, amount=1, type="bonus", idempotency_key=key)

    def test_what_no_database_keeps_is_refused(self, alice: User) -> None:
        with pytest.raises(ValueError, match=r"^reason must not hold a NUL character"):
            grant_by_staff(user_id=alice.id, amount=1, reason="a\x00b", by="Staff")

    @pytest.mark.parametrize("metadata", [{"at": object()}, {"at": float("nan")}, {"at": {1, 2}}])
    def test_metadata_can_be_kept(self, alice: User, metadata: dict[str, Any]) -> None:
        with pytest.raises((TypeError, ValueError), match=r"^metadata cannot be kept as JSON"):
            add_credits(user_id=alice.id, amount=1, type="bonus", idempotency_key="k", metadata=metadata)

    def test_a_long_value_is_not_told_whole(self) -> None:
        with pytest.raises(TypeError) as refused:
            services.ensure_welcomed(["x" * 5000])  # type: ignore[arg-type]

        assert len(str(refused.value)) < 200


class TestChangesOfAKey:
    @pytest.mark.parametrize(
        ("changes", "complaint"),
        [
            ({"credits": 1.5}, r"changes.credits must be a whole number"),
            ({"daily_limit": "5"}, r"changes.daily_limit must be a whole number"),
            ({"scopes": ["everything"]}, r"changes.scopes\[0\] must be one of credits:read"),
            ({"scopes": "mcp:query"}, r"changes.scopes must be a list"),
            ({"expires_at": "tomorrow"}, r"changes.expires_at must be a datetime"),
            (
                {"api_key": "x", "revoked_at": None},
                r"changes must hold no api_key, revoked_at: what there is is credits",
            ),
        ],
        ids=str,
    )
    def test_only_what_there_is_can_be_changed(self, alice: User, changes: dict[str, Any], complaint: str) -> None:
        key, _ = create_api_key(user_id=alice.id, name="k")

        with pytest.raises((TypeError, ValueError), match=complaint):
            services.change_api_key(user_id=alice.id, key_id=key.id, changes=changes)
