"""WELCOME_CREDITS: given once per user, at the first call."""

import pytest
from django.conf import settings

from credits.models import CreditTransaction
from credits.services import welcome
from tests.support.api import API, balance, make_dataset

pytestmark = pytest.mark.django_db(databases=["default", settings.AUTH_DB])


@pytest.fixture(autouse=True)
def _welcome(settings, monkeypatch):
    """A bonus of 50, and processes that remember nobody yet."""
    settings.WELCOME_CREDITS = 50
    monkeypatch.setattr(welcome, "_welcomed", set())


@pytest.fixture
def newcomer(make_user):
    return make_user("Newcomer", credits=0)


@pytest.fixture
def newcomer_client(newcomer, client_for):
    return client_for(newcomer)


def bonuses(user):
    return list(CreditTransaction.objects.filter(user_id=user.id, type="bonus").values_list("amount", flat=True))


def test_the_first_balance_has_the_bonus_in_it(newcomer, newcomer_client):
    assert balance(newcomer_client) == 50
    assert bonuses(newcomer) == [50]


def test_the_bonus_can_be_spent_by_the_very_first_call(newcomer_client):
    make_dataset(newcomer_client)

    assert balance(newcomer_client) == 48


def test_it_is_given_once_however_often_one_calls(newcomer, newcomer_client):
    for _ in range(3):
        balance(newcomer_client)

    assert bonuses(newcomer) == [50]


def test_it_is_given_once_whatever_a_process_remembers(newcomer, newcomer_client):
    balance(newcomer_client)
    welcome._welcomed.clear()

    assert balance(newcomer_client) == 50
    assert bonuses(newcomer) == [50]


def test_another_amount_later_gives_nothing_more(settings, newcomer, newcomer_client):
    balance(newcomer_client)
    welcome._welcomed.clear()
    settings.WELCOME_CREDITS = 80

    assert balance(newcomer_client) == 50
    assert bonuses(newcomer) == [50]


def test_it_comes_on_top_of_what_was_bought_before_the_first_call(newcomer, newcomer_client, service_client):
    body = {"user_id": newcomer.id, "amount": 7, "type": "purchase", "idempotency_key": "p"}
    service_client.post(f"{API}/credits/add", body)

    assert balance(newcomer_client) == 57


def test_who_the_site_charges_first_is_welcomed_first(newcomer, service_client):
    body = {"user_id": newcomer.id, "amount": 5, "operation": "hybrid_query", "idempotency_key": "d"}

    answer = service_client.post(f"{API}/credits/deduct", body)

    assert (answer.status_code, answer.json()["balance_after"]) == (200, 45)


def test_welcomed_users_cost_no_query(newcomer_client, django_assert_num_queries):
    balance(newcomer_client)

    with django_assert_num_queries(1, using=settings.AUTH_DB):
        balance(newcomer_client)


def test_without_the_setting_nobody_is_given_anything(settings, newcomer, newcomer_client):
    settings.WELCOME_CREDITS = 0

    assert balance(newcomer_client) == 0
    assert bonuses(newcomer) == []
