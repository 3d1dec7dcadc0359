"""What CREDITS_ENFORCEMENT makes of calls that credits do not cover."""

import pytest
from django.conf import settings

from credits.models import CreditTransaction
from tests.support.api import API, make_dataset, refusal
from tests.support.clients import client_with_token

pytestmark = pytest.mark.django_db(databases=["default", settings.AUTH_DB])


@pytest.fixture
def poor(make_user):
    """Somebody with one credit."""
    return make_user("Poor", credits=1)


@pytest.fixture
def poor_client(poor, client_for):
    return client_for(poor)


def rows_of(user):
    return CreditTransaction.objects.filter(user_id=user.id, type="usage")


def create(client, name="Library"):
    return client.post(f"{API}/datasets", {"name": name})


def test_by_default_the_call_is_refused(poor, poor_client):
    refused = create(poor_client)

    assert refusal(refused) == (402, "insufficient_credits")
    assert refused.json()["details"] == {"required": 2, "available": 1, "source": "user"}
    assert not rows_of(poor).exists()


def test_under_warn_the_call_goes_through_with_a_warning_and_no_row(settings, poor, poor_client):
    settings.CREDITS_ENFORCEMENT = "warn"

    answer = create(poor_client)

    assert (answer.status_code, answer.headers["X-Credits-Charged"]) == (201, "0")
    assert answer.headers["X-Credits-Remaining"] == "1"
    assert "not enough" in answer.headers["X-Credits-Warning"].lower()
    assert not rows_of(poor).exists()


def test_under_off_the_call_goes_through_without_a_word(settings, poor, poor_client):
    settings.CREDITS_ENFORCEMENT = "off"

    answer = create(poor_client)

    assert (answer.status_code, answer.headers["X-Credits-Charged"]) == (201, "0")
    assert "X-Credits-Warning" not in answer.headers
    assert not rows_of(poor).exists()


@pytest.mark.parametrize("mode", ["warn", "off"])
def test_what_credits_do_cover_is_charged_all_the_same(settings, alice, alice_client, mode):
    settings.CREDITS_ENFORCEMENT = mode

    answer = create(alice_client)

    assert (answer.headers["X-Credits-Charged"], answer.headers["X-Credits-Remaining"]) == ("2", "98")
    assert rows_of(alice).count() == 1


def test_a_key_pool_that_is_used_up_goes_through_too(settings, alice_client):
    settings.CREDITS_ENFORCEMENT = "warn"
    key = alice_client.post(f"{API}/api-keys", {"name": "k", "credits": 0}).json()["key"]

    assert create(client_with_token(key)).headers["X-Credits-Charged"] == "0"


def test_limits_that_an_owner_set_hold_in_every_mode(settings, alice_client):
    settings.CREDITS_ENFORCEMENT = "off"
    key = alice_client.post(f"{API}/api-keys", {"name": "k", "daily_limit": 1}).json()["key"]

    assert refusal(create(client_with_token(key))) == (402, "daily_limit_reached")


def test_the_sites_own_deductions_are_never_waved_through(settings, poor, service_client):
    settings.CREDITS_ENFORCEMENT = "off"
    body = {"user_id": poor.id, "amount": 2, "operation": "hybrid_query", "idempotency_key": "d"}

    assert refusal(service_client.post(f"{API}/credits/deduct", body)) == (402, "insufficient_credits")


def test_the_receipt_of_a_covered_call_names_its_row(alice, alice_client):
    answer = alice_client.post(f"{API}/datasets", {"name": "Library"})

    assert answer.headers["X-Credit-Transaction"] == str(rows_of(alice).get().id)


def test_going_on_after_credits_came_is_charged_again(settings, poor, poor_client, service_client):
    settings.CREDITS_ENFORCEMENT = "warn"
    create(poor_client)
    body = {"user_id": poor.id, "amount": 9, "type": "purchase", "idempotency_key": "p"}
    service_client.post(f"{API}/credits/add", body)

    make_dataset(poor_client, "Second")

    assert rows_of(poor).count() == 1
