"""An API key's pool is set once per idempotency key, and no credit of it goes without a row."""

import uuid

import pytest
from django.conf import settings

from credits import ledger
from credits.accounts import key_account, user_account
from credits.errors import KeyReused
from credits.models import ApiKeyCredits
from credits.services import verify

pytestmark = pytest.mark.django_db(databases=[settings.AUTH_DB])


@pytest.fixture
def key(alice):
    """A key of Alice's without a pool."""
    id = str(uuid.uuid4())
    return ApiKeyCredits.objects.create(id=id, api_key=f"hash of {id}", user_id=alice.id)


@pytest.fixture
def set_pool(alice, key):
    """Return a function that sets the key's pool: `set_pool(3, "first")`."""
    pool, owner = key_account(key.id, alice.id), user_account(alice.id)
    return lambda credits, name: ledger.set_pool(pool=pool, owner=owner, credits=credits, idempotency_key=name)


def held(alice, key):
    alice.refresh_from_db()
    key.refresh_from_db()
    return alice.credits, key.credits


def test_a_pool_comes_from_its_owner_and_goes_back(alice, key, set_pool):
    balances = []

    for credits, name in ((7, "first"), (3, "second"), (None, "third")):
        set_pool(credits, name)
        balances.append(held(alice, key))

    assert balances == [(93, 7), (97, 3), (100, None)]


def test_emptying_it_again_under_the_same_key_takes_nothing_away(alice, key, set_pool):
    set_pool(1, "first")
    set_pool(None, "emptied")
    set_pool(1, "second")

    set_pool(None, "emptied")

    assert held(alice, key) == (99, 1)
    assert verify().problems == []


def test_filling_it_again_under_the_same_key_opens_no_empty_pool(alice, key, set_pool):
    set_pool(1, "filled")
    set_pool(None, "emptied")

    set_pool(1, "filled")

    assert held(alice, key) == (100, None)


@pytest.mark.parametrize("credits", [None, 10, 0], ids=["none", "as much more", "empty"])
def test_a_key_that_stood_for_another_pool_is_refused(alice, key, set_pool, credits):
    set_pool(5, "first")

    with pytest.raises(KeyReused):
        set_pool(credits, "first")

    assert held(alice, key) == (95, 5)


def test_a_key_that_stood_for_a_charge_is_refused(alice, key, set_pool):
    set_pool(5, "first")
    ledger.charge(
        account=key_account(key.id, alice.id), amount=1, operation="keyword_query", idempotency_key="the charge's"
    )

    with pytest.raises(KeyReused):
        set_pool(4, "the charge's")

    assert held(alice, key) == (95, 4)
