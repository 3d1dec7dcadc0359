"""Stripe tells the site that a period was paid, the site tells us, and the credits are there once.

The site's plan gives 50 credits a period, and lets 80 of the old ones roll over.
"""

import json
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.interop.processes import free_url
from tests.interop.site import Event

pytestmark = pytest.mark.interop


@pytest.fixture
def alice(world, site):
    """Alice is a customer of Stripe's, by her own id, and has no credits yet."""
    alice = site.sign_up(f"{uuid.uuid4().hex}@renewals.example")
    world.sql("UPDATE users SET stripe_customer_id = %s WHERE id = %s", f"cus_{alice.user_id}", alice.user_id)
    return alice


@pytest.fixture
def paid(world, alice):
    """Return a function that makes the event that Alice's period was paid, signed by Stripe."""

    def make_event(invoice_id: str) -> Event:
        invoice = {
            "id": f"{invoice_id}_{alice.user_id}",
            "object": "invoice",
            "customer": f"cus_{alice.user_id}",
            "billing_reason": "subscription_cycle",
        }
        event = {
            "id": f"evt_{uuid.uuid4().hex}",
            "object": "event",
            "type": "invoice.paid",
            "data": {"object": invoice},
        }
        payload = json.dumps(event).encode()
        return Event(payload, world.project.sign(payload))

    return make_event


def renewals(service, alice):
    """Return the amounts that her renewals gave."""
    rows = service.get("/credits/transactions?limit=100", Authorization=f"Bearer {alice.token}").json()["transactions"]
    return [row["amount"] for row in rows if row["operation"] == "subscription_renewal" and row["amount"] > 0]


def test_a_paid_period_gives_its_credits(site, service, alice, paid):
    assert site.hear_from_stripe(paid("in_1")).status == 200

    assert service.balance(alice.token) == 50


def test_what_the_plan_does_not_roll_over_is_gone(site, service, alice, paid):
    service.add_credits(alice.user_id, 100)

    site.hear_from_stripe(paid("in_1"))

    assert service.balance(alice.token) == 80 + 50


def test_an_event_that_comes_twice_counts_once(site, service, alice, paid):
    event = paid("in_1")

    assert [site.hear_from_stripe(event).status for _ in range(2)] == [200, 200]

    assert service.balance(alice.token) == 50
    assert renewals(service, alice) == [50]


def test_two_events_about_one_invoice_count_once(site, service, alice, paid):
    for _ in range(2):
        assert site.hear_from_stripe(paid("in_1")).status == 200

    assert renewals(service, alice) == [50]


def test_two_periods_out_of_order_and_doubled_at_one_moment_count_once_each(world, site, service, alice, paid):
    first, second = paid("in_1"), paid("in_2")

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(site.hear_from_stripe, [second, first] * 4))

    assert {answer.status for answer in answers} == {200}
    assert renewals(service, alice) == [50, 50]
    assert service.balance(alice.token) == 100
    assert "The money rules hold." in world.manage("verify_ledger")


def test_a_forged_event_does_nothing(site, service, alice, paid):
    event = paid("in_1")
    forged = Event(event.payload.replace(b"in_1", b"in_9"), event.signature)

    assert site.hear_from_stripe(forged).status == 400
    assert renewals(service, alice) == []


def test_a_site_with_the_wrong_secret_is_refused_and_tells_stripe_so(world, service, alice, paid):
    with world.site(INTERNAL_WEBHOOK_SECRET="not the secret") as mistaken:
        answer = mistaken.hear_from_stripe(paid("in_1"))

    assert (answer.status, answer.json()["code"]) == (400, "STRIPE_WEBHOOK_ERROR")
    assert renewals(service, alice) == []


def test_while_our_service_is_down_stripe_is_told_to_come_again(world, service, alice, paid):
    url, event = free_url(), paid("in_1")
    with world.site(FLTR_URL=url) as site:
        assert site.hear_from_stripe(event).status == 400

        with world.service(url=url):
            assert site.hear_from_stripe(event).status == 200

    assert service.balance(alice.token) == 50
