"""Money is dated and counted in UTC, whatever types the columns have and whatever zone a connection is in."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.cache import cache
from rest_framework.test import APIClient

from authbridge.models import User
from credits.accounts import user_account
from credits.models import ApiKeyCredits, CreditTransaction
from credits.periods import start_of_day, start_of_month
from credits.selectors import spent_with_key, usage_summary
from credits.services import add_credits, deduct_credits
from tests.support import zones
from tests.support.api import API
from tests.support.clients import client_with_token
from tests.support.staff import client_of_staff, rows_of, url_of

pytestmark = [
    pytest.mark.postgresql,
    pytest.mark.django_db(databases="__all__"),
    pytest.mark.usefixtures("_world"),
    pytest.mark.parametrize("_world", zones.WORLDS, indirect=True, ids=str),
]

MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)


def is_now(moment: Any) -> bool:
    """Tell whether a moment was just now."""
    return abs(datetime.now(UTC) - moment) < MINUTE


def charge(user: User, key: str = "charge", amount: int = 3) -> CreditTransaction:
    return deduct_credits(user_id=user.id, amount=amount, operation="vector_query", idempotency_key=key)


def enter(user: User, moment: datetime, **columns: Any) -> CreditTransaction:
    """Write a row of some other day into the ledger, as the site may."""
    account = {"user_id": user.id, "account_type": "user", "account_id": user.id}
    return CreditTransaction.objects.create(amount=-3, type="usage", created_at=moment, **{**account, **columns})


@pytest.fixture
def key(alice_client: APIClient) -> dict[str, Any]:
    """An API key of Alice's."""
    made: dict[str, Any] = alice_client.post(f"{API}/api-keys", {"name": "key", "daily_limit": 5}).json()
    return made


def test_a_charge_is_dated_now(alice: User) -> None:
    entry = charge(alice)

    assert is_now(entry.created_at)
    assert CreditTransaction.objects.get(id=entry.id).created_at == entry.created_at
    assert is_now(zones.time_in("credit_transactions", "created_at", entry.id))


def test_a_user_s_row_says_when_its_balance_changed(alice: User) -> None:
    charge(alice)

    assert is_now(zones.time_in("users", "updated_at", alice.id))


def test_a_repeat_finds_the_first_charge(alice: User) -> None:
    assert charge(alice).id == charge(alice).id


def test_rows_are_listed_in_order_and_within_limits_of_time(alice: User, alice_client: APIClient) -> None:
    now = datetime.now(UTC)
    old, new = enter(alice, now - 2 * MINUTE), enter(alice, now - MINUTE)

    path = f"{API}/credits/transactions?type=usage"
    everything = alice_client.get(path).json()["transactions"]
    since, until = (
        alice_client.get(path, {"type": "usage", limit: (now - 1.5 * MINUTE).isoformat()}).json()["transactions"]
        for limit in ("since", "until")
    )

    assert [row["id"] for row in everything] == [str(new.id), str(old.id)]
    assert ([row["id"] for row in since], [row["id"] for row in until]) == ([str(new.id)], [str(old.id)])
    assert datetime.fromisoformat(everything[0]["created_at"]) == new.created_at


def test_days_and_months_of_a_limit_are_utc(alice: User, key: dict[str, Any]) -> None:
    for moment in {start() - offset for start in (start_of_day, start_of_month) for offset in (timedelta(0), SECOND)}:
        enter(alice, moment, api_key_id=key["id"])

    is_first = start_of_day() == start_of_month()
    assert spent_with_key(key["id"]) == (3, 3 if is_first else 9)


def test_a_daily_limit_counts_this_utc_day_alone(alice: User, key: dict[str, Any]) -> None:
    for moment in (start_of_day() - SECOND, start_of_day()):
        enter(alice, moment, api_key_id=key["id"])

    answer = client_with_token(key["key"]).get(f"{API}/credits/balance").json()

    assert answer["api_key"]["daily_used"] == 3


def test_the_usage_summary_is_by_utc_day(alice: User) -> None:
    today = start_of_day()
    for moment in (today - timedelta(days=1), today - SECOND, today, today + SECOND):
        enter(alice, moment)

    summary = usage_summary(user_account(alice.id), days=2)

    days = [(today - timedelta(days=1)).date().isoformat(), today.date().isoformat()]
    assert summary["by_day"] == [{"date": day, "credits": 6} for day in days]
    assert usage_summary(user_account(alice.id), days=1)["total"] == 6


def test_a_key_is_good_until_its_end(alice_client: APIClient) -> None:
    now = datetime.now(UTC)
    made = alice_client.post(f"{API}/api-keys", {"name": "key", "expires_at": (now + MINUTE).isoformat()}).json()
    client = client_with_token(made["key"])
    assert client.get(f"{API}/auth/session").status_code == 200

    ApiKeyCredits.objects.filter(id=made["id"]).update(expires_at=now - SECOND)

    assert client.get(f"{API}/auth/session").status_code == 401


def test_the_use_of_a_key_is_noted_and_no_more_than_once_a_minute(key: dict[str, Any]) -> None:
    client = client_with_token(key["key"])
    client.get(f"{API}/auth/session")
    first = zones.time_in("api_key_credits", "last_used_at", key["id"])
    client.get(f"{API}/auth/session")

    assert is_now(first)
    assert zones.time_in("api_key_credits", "last_used_at", key["id"]) == first


def test_joining_and_leaving_a_team_is_dated_now(alice_client: APIClient, bob: User, bob_client: APIClient) -> None:
    long_ago = datetime(2020, 1, 1, tzinfo=UTC)
    team = alice_client.post(f"{API}/teams", {"name": "Team"}).json()
    for call in (
        lambda: alice_client.post(f"{API}/teams/{team['id']}/members", {"email": bob.email}),
        lambda: bob_client.delete(f"{API}/teams/{team['id']}/members/{bob.id}"),
    ):
        User.objects.filter(id=bob.id).update(updated_at=long_ago)
        assert zones.time_in("users", "updated_at", bob.id) == long_ago

        assert call().status_code in (201, 204)
        assert is_now(zones.time_in("users", "updated_at", bob.id))


def test_moving_credits_to_a_team_and_ending_it_is_dated_now(alice: User, alice_client: APIClient) -> None:
    team = alice_client.post(f"{API}/teams", {"name": "Team"}).json()

    alice_client.post(f"{API}/teams/{team['id']}/credits", {"amount": 5})
    assert alice_client.delete(f"{API}/teams/{team['id']}").status_code == 204

    assert is_now(zones.time_in("teams", "deleted_at", team["id"]))
    assert is_now(zones.time_in("teams", "updated_at", team["id"]))
    alice.refresh_from_db()
    assert alice.credits == 100


def test_a_welcome_is_given_once(make_user: Any, client_for: Any, settings: Any) -> None:
    settings.WELCOME_CREDITS = 7
    cache.clear()
    client = client_for(make_user("Carol", credits=0))

    balances = [client.get(f"{API}/credits/balance").json()["credits"] for _ in range(2)]

    assert balances == [7, 7]
    [entry] = client.get(f"{API}/credits/transactions").json()["transactions"]
    assert is_now(datetime.fromisoformat(entry["created_at"]))


def test_credits_from_before_the_ledger_open_it_now(make_user: Any) -> None:
    carol = make_user("Carol", credits=0)
    User.objects.filter(id=carol.id).update(credits=9)

    add_credits(user_id=carol.id, amount=1, type="bonus", idempotency_key="bonus")

    opening = CreditTransaction.objects.get(user_id=carol.id, type="opening")
    assert opening.amount == 9
    assert is_now(opening.created_at)


def test_staff_find_rows_by_utc_day(alice: User) -> None:
    today, yesterday = enter(alice, start_of_day()), enter(alice, start_of_day() - SECOND)
    day = start_of_day().date().isoformat()
    window = {"created_at_from": day, "created_at_to": day, "type__exact": "usage"}

    found = rows_of(client_of_staff().get(url_of("credits_credittransaction"), window))

    assert today in found
    assert yesterday not in found
