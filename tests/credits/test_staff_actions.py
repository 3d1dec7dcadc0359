"""Staff move credits by hand: with a reason, through the ledger, once."""

import uuid
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry

from authbridge.models import User
from credits import ledger
from credits.accounts import user_account
from credits.models import CreditTransaction
from tests.support.staff import client_of_staff

pytestmark = pytest.mark.django_db(databases="__all__")


@pytest.fixture
def staff() -> Any:
    return client_of_staff()


@pytest.fixture
def charged(alice: User) -> CreditTransaction:
    """A charge of ten credits."""
    return ledger.charge(account=user_account(alice.id), amount=10, operation="hybrid_query", idempotency_key="c")


def user_page(user: User, action: str = "change") -> str:
    return f"/admin/authbridge/user/{user.id}/{action}/"


def grant_page(user: User) -> str:
    return f"/admin/authbridge/user/{user.id}/grant/"


def refund_page(charged: CreditTransaction) -> str:
    return f"/admin/credits/credittransaction/{charged.id}/refund/"


def fill(**fields: object) -> dict[str, object]:
    return {"key": str(uuid.uuid4()), "reason": "They asked kindly.", **fields}


def balance(user: User) -> int:
    user.refresh_from_db()
    return user.credits


def test_a_grant_is_a_ledger_row_with_its_reason_and_who_gave_it(staff: Any, alice: User) -> None:
    answer = staff.post(grant_page(alice), fill(amount=25, type="bonus"))

    entry = CreditTransaction.objects.filter(account_id=alice.id).first()
    assert answer.status_code == 302
    assert balance(alice) == 125
    assert entry is not None
    assert entry.metadata["reason"] == "They asked kindly."
    assert LogEntry.objects.filter(object_id=alice.id).exists()


def test_a_form_that_is_sent_twice_grants_once(staff: Any, alice: User) -> None:
    filled = fill(amount=25, type="bonus")

    for _ in range(2):
        staff.post(grant_page(alice), filled)

    assert balance(alice) == 125


@pytest.mark.parametrize("fields", [{"amount": 0}, {"amount": ""}, {"amount": 5, "reason": ""}, {"amount": 10**10}])
def test_a_grant_needs_an_amount_and_a_reason(staff: Any, alice: User, fields: dict[str, object]) -> None:
    answer = staff.post(grant_page(alice), fill(**{"type": "bonus", **fields}))

    assert answer.status_code == 200
    assert balance(alice) == 100


def test_a_refund_without_an_amount_gives_the_rest_back(staff: Any, alice: User, charged: CreditTransaction) -> None:
    staff.post(refund_page(charged), fill(amount=""))

    assert balance(alice) == 100


def test_a_refund_above_the_charge_is_refused_in_words(staff: Any, alice: User, charged: CreditTransaction) -> None:
    page = staff.post(refund_page(charged), fill(amount=11)).content.decode()

    assert "10 of this charge remain" in page
    assert balance(alice) == 90


def test_who_may_only_look_moves_nothing(alice: User, charged: CreditTransaction) -> None:
    looker = client_of_staff("authbridge.view_user", "credits.view_credittransaction")

    for page, fields in ((grant_page(alice), fill(amount=5, type="bonus")), (refund_page(charged), fill(amount=1))):
        assert looker.post(page, fields).status_code == 403
    assert balance(alice) == 90


def test_a_users_page_shows_their_money(staff: Any, alice: User, charged: CreditTransaction) -> None:
    page = staff.get(user_page(alice)).content.decode()

    assert "<svg" in page
    assert "10 for hybrid_query" in page
    assert f"/admin/credits/credittransaction/{charged.id}/change/" in page
    assert "Grant credits" in page


@pytest.mark.parametrize("id", [str(uuid.uuid4()), "nobody"])
def test_nobody_is_not_found(staff: Any, id: str) -> None:
    assert staff.get(f"/admin/authbridge/user/{id}/grant/").status_code == 404
