"""Subscriptions renew with what the plan lets roll over, however often and in whatever order the site hears of it."""

import uuid
from dataclasses import dataclass

import pytest
from django.conf import settings
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from authbridge.models import User
from credits.accounts import user_account
from credits.errors import BalanceTooLarge
from credits.selectors import entries_of
from credits.services import add_credits, renew_subscription
from tests.support.api import API
from tests.support.people import make_user

pytestmark = pytest.mark.django_db(databases=["default", settings.AUTH_DB])

RENEW = f"{API}/credits/subscription-renewal"


def renew(client, user, **fields):
    body = {"user_id": user.id, "new_credits": 50, "plan_limit": 500, "idempotency_key": "in_1"}
    return client.post(RENEW, {**body, **fields})


def story(user):
    rows = reversed(entries_of(user_account(user.id)))
    return [(row.type, row.operation, row.amount, row.balance_after) for row in rows][1:]


def test_credits_below_the_plan_limit_all_roll_over(alice, service_client):
    answer = renew(service_client, alice)

    assert answer.json()["balance_after"] == 150
    assert story(alice) == [("purchase", "subscription_renewal", 50, 150)]


def test_what_is_above_the_plan_limit_expires_in_a_row_of_its_own(alice, service_client):
    answer = renew(service_client, alice, plan_limit=30)

    assert (answer.json()["type"], answer.json()["amount"], answer.json()["balance_after"]) == ("purchase", 50, 80)
    assert story(alice) == [("expiry", "subscription_renewal", -70, 30), ("purchase", "subscription_renewal", 50, 80)]


def test_a_plan_without_rollover_begins_afresh(alice, service_client):
    assert renew(service_client, alice, plan_limit=0).json()["balance_after"] == 50


def test_a_repeat_forfeits_and_gives_nothing_more(alice, service_client):
    first = renew(service_client, alice, plan_limit=30)
    add_credits(user_id=alice.id, amount=200, type="purchase", idempotency_key="between")
    before = story(alice)

    second = renew(service_client, alice, plan_limit=30)

    assert second.json() == first.json()
    assert story(alice) == before


def test_what_is_renewed_counts_as_bought(alice, service_client):
    renew(service_client, alice)

    alice.refresh_from_db()
    assert alice.total_credits_purchased == 50


def test_a_renewal_that_cannot_be_done_forfeits_nothing(alice):
    for number in range(2):
        add_credits(user_id=alice.id, amount=10**9, type="bonus", idempotency_key=str(number))
    before = story(alice)

    with pytest.raises(BalanceTooLarge):
        renew_subscription(user_id=alice.id, new_credits=10**9, plan_limit=19 * 10**8, idempotency_key="r")
    assert story(alice) == before


@dataclass(frozen=True)
class Event:
    """What the site hears from the payment provider: a purchase, or a renewal with its plan's limit."""

    key: str
    amount: int
    plan_limit: int | None

    def arrive(self, user: User) -> None:
        """Be delivered once more."""
        if self.plan_limit is None:
            add_credits(user_id=user.id, amount=self.amount, type="purchase", idempotency_key=self.key)
        else:
            renew_subscription(
                user_id=user.id, new_credits=self.amount, plan_limit=self.plan_limit, idempotency_key=self.key
            )


@st.composite
def storms(draw):
    """Return deliveries of a few events, each at least once, in any order and number."""
    details = draw(st.lists(st.tuples(st.integers(1, 60), st.none() | st.integers(0, 80)), min_size=1, max_size=6))
    events = [Event(f"evt_{number}", *detail) for number, detail in enumerate(details)]
    extra = draw(st.lists(st.sampled_from(events), max_size=12))
    return draw(st.permutations(events + extra))


@given(start=st.integers(0, 100), storm=storms())
@hypothesis_settings(
    max_examples=60, deadline=None, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_a_storm_leaves_what_each_event_once_in_order_of_first_arrival_leaves(start, storm):
    stormy, calm = make_user(f"Stormy{uuid.uuid4().hex}", credits=start), make_user("Calm", credits=start)

    for event in storm:
        event.arrive(stormy)
    for event in dict.fromkeys(storm):
        event.arrive(calm)

    assert story(stormy) == story(calm)
    stormy.refresh_from_db()
    calm.refresh_from_db()
    assert (stormy.credits, stormy.total_credits_purchased) == (calm.credits, calm.total_credits_purchased)
    assert stormy.credits == sum(row.amount for row in entries_of(user_account(stormy.id)))
    assert stormy.credits == expected(start, dict.fromkeys(storm))


def expected(balance, events):
    """Return what the contract says the events leave."""
    for event in events:
        balance = (balance if event.plan_limit is None else min(balance, event.plan_limit)) + event.amount
    return balance
