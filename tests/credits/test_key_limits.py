"""What an API key may spend in a UTC day and month."""

from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings

from credits import ledger, periods
from credits.models import CreditTransaction
from tests.support.api import API, balance, make_dataset, refusal
from tests.support.clients import client_with_token

pytestmark = pytest.mark.django_db(databases=["default", settings.AUTH_DB])


@pytest.fixture
def key_with(alice_client):
    """Return a function that makes one of Alice's keys with these limits, and gives it with its client."""

    def make(**fields):
        key = alice_client.post(f"{API}/api-keys", {"name": "k", **fields}).json()
        return key, client_with_token(key["key"])

    return make


def spent(key, alice, *, amount, at):
    """Write down that a key spent credits at some time."""
    CreditTransaction.objects.create(
        user_id=alice.id, amount=-amount, type="usage", api_key_id=key["id"], created_at=at, idempotency_key=str(at)
    )


def try_dataset(client):
    return client.post(f"{API}/datasets", {"name": "One more"})


def test_a_limit_lets_exactly_its_credits_through(key_with, alice_client):
    _, robot = key_with(daily_limit=4)
    make_dataset(robot, "One")
    make_dataset(robot, "Two")

    assert refusal(try_dataset(robot)) == (402, "daily_limit_reached")
    assert balance(alice_client) == 96


def test_a_refusal_tells_which_limit_and_when_it_resets(key_with):
    _, robot = key_with(daily_limit=3)
    make_dataset(robot)

    details = try_dataset(robot).json()["details"]

    tomorrow = periods.next_day().isoformat().replace("+00:00", "Z")
    assert details == {"required": 2, "available": 1, "source": "api_key", "resets_at": tomorrow}


def test_a_monthly_limit_resets_with_the_utc_month(key_with):
    _, robot = key_with(monthly_limit=1)

    refused = try_dataset(robot)

    assert refusal(refused) == (402, "monthly_limit_reached")
    assert refused.json()["details"]["resets_at"] == periods.next_month().isoformat().replace("+00:00", "Z")


def test_a_limit_of_zero_lets_nothing_through(key_with):
    _, robot = key_with(daily_limit=0)

    assert refusal(try_dataset(robot)) == (402, "daily_limit_reached")


def test_what_was_spent_before_this_utc_day_does_not_count(key_with, alice):
    key, robot = key_with(daily_limit=2)
    spent(key, alice, amount=2, at=periods.start_of_day() - timedelta(microseconds=1))

    make_dataset(robot)


def test_what_was_spent_since_this_utc_day_began_counts(key_with, alice):
    key, robot = key_with(daily_limit=2)
    spent(key, alice, amount=1, at=periods.start_of_day())

    assert refusal(try_dataset(robot)) == (402, "daily_limit_reached")


def test_what_was_spent_before_this_utc_month_does_not_count(key_with, alice):
    key, robot = key_with(monthly_limit=2)
    spent(key, alice, amount=2, at=periods.start_of_month() - timedelta(microseconds=1))

    make_dataset(robot)


def test_what_was_refunded_may_be_spent_again(key_with, alice):
    _, robot = key_with(daily_limit=2)
    make_dataset(robot, "One")
    charged = CreditTransaction.objects.get(user_id=alice.id, type="usage")

    ledger.refund(transaction_id=charged.id, idempotency_key="r")

    make_dataset(robot, "Two")


def test_each_key_counts_by_itself(key_with):
    _, one = key_with(daily_limit=2)
    _, other = key_with(daily_limit=2)
    make_dataset(one, "One")

    make_dataset(other, "Two")


def test_a_limit_holds_whoever_pays(key_with):
    _, robot = key_with(daily_limit=2, credits=50)
    make_dataset(robot)

    assert refusal(try_dataset(robot)) == (402, "daily_limit_reached")


def test_a_repeat_of_a_charge_needs_nothing_of_the_limit(key_with):
    _, robot = key_with(daily_limit=2)
    headers = {"HTTP_IDEMPOTENCY_KEY": "once"}
    first = robot.post(f"{API}/datasets", {"name": "Library"}, **headers)

    assert robot.post(f"{API}/datasets", {"name": "Library"}, **headers).json() == first.json()


@pytest.mark.parametrize(
    ("now", "day", "month"),
    [
        ("2026-12-31T23:59:59", "2027-01-01", "2027-01-01"),
        ("2028-02-28T12:00:00", "2028-02-29", "2028-03-01"),
        ("2027-01-31T00:00:00", "2027-02-01", "2027-02-01"),
    ],
)
def test_days_and_months_end_when_they_do_in_utc(monkeypatch, now, day, month):
    class Clock(datetime):
        @classmethod
        def now(cls, tz=None):
            return cls.fromisoformat(now).replace(tzinfo=UTC)

    monkeypatch.setattr(periods, "datetime", Clock)

    assert str(periods.next_day().date()) == day
    assert str(periods.next_month().date()) == month
