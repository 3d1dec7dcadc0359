"""A key can be revoked and a team deleted though its owner's balance is full: what does not fit is moved later."""

import uuid

import pytest
from django.conf import settings

from credits import ledger
from credits.accounts import key_account, team_account, user_account
from credits.doctor import examine_closed_pools
from credits.errors import BalanceTooLarge
from credits.models import ApiKeyCredits, Team
from credits.proof.verification import verify
from credits.selectors import entries_of
from credits.services import (
    add_credits,
    create_api_key,
    create_team,
    deduct_credits,
    delete_team,
    give_team_credits,
    return_closed_pools,
    revoke_api_key,
)
from tests.support.sql import execute
from tests.support.threads import at_once

pytestmark = pytest.mark.django_db(databases=[settings.AUTH_DB])

FULL = 2**31 - 1


def fill_up(user, room=0):
    """Leave so much room in somebody's balance."""
    user.refresh_from_db()
    add_credits(user_id=user.id, amount=FULL - room - user.credits, type="bonus", idempotency_key=str(uuid.uuid4()))


def make_room(user, credits):
    deduct_credits(user_id=user.id, amount=credits, operation="vector_query")


def state(key):
    """Return whether a key is revoked, and what its pool holds."""
    now = ApiKeyCredits.objects.get(id=key.id)
    return now.revoked_at is not None, now.credits


@pytest.fixture
def key(alice):
    """A key of Alice's with a pool of 30."""
    return create_api_key(user_id=alice.id, name="k", credits=30)[0]


def test_a_key_of_somebody_whose_balance_is_full_is_revoked_and_keeps_its_pool(alice, key):
    fill_up(alice)

    revoke_api_key(user_id=alice.id, key_id=key.id)

    assert state(key) == (True, 30)
    assert verify().problems == []


def test_what_fits_goes_back_at_once(alice, key):
    fill_up(alice, room=12)

    revoke_api_key(user_id=alice.id, key_id=key.id)

    assert state(key) == (True, 18)
    assert verify().problems == []


def test_the_rest_follows_as_there_is_room_and_then_the_pool_is_none(alice, key):
    fill_up(alice)
    revoke_api_key(user_id=alice.id, key_id=key.id)

    assert return_closed_pools() == 0
    make_room(alice, 10)
    assert (return_closed_pools(), state(key)) == (1, (True, 20))
    make_room(alice, 50)
    assert (return_closed_pools(), state(key)) == (1, (True, None))

    assert return_closed_pools() == 0
    assert verify().problems == []


def test_a_refund_of_what_a_revoked_pool_paid_goes_to_the_owner_though_the_pool_still_holds_some(alice, key):
    charged = ledger.charge(
        account=key_account(key.id, alice.id), amount=5, operation="hybrid_query", idempotency_key="c"
    )
    fill_up(alice)
    revoke_api_key(user_id=alice.id, key_id=key.id)
    make_room(alice, 5)

    assert ledger.refund(transaction_id=charged.id, idempotency_key="r").account_type == "user"

    assert state(key) == (True, 25)
    assert verify().problems == []


def test_a_team_of_somebody_whose_balance_is_full_can_be_deleted(alice):
    team = create_team(operation_id=uuid.uuid4(), owner_id=alice.id, name="T")
    give_team_credits(operation_id=uuid.uuid4(), team=team, amount=40)
    fill_up(alice, room=15)

    delete_team(team=team)

    team.refresh_from_db()
    assert (team.deleted_at is None, team.credits) == (False, 25)
    make_room(alice, 100)
    assert return_closed_pools() == 1
    assert Team.objects.get(id=team.id).credits == 0
    assert verify().problems == []


def test_a_team_that_still_owes_pays_for_nothing(alice):
    team = create_team(operation_id=uuid.uuid4(), owner_id=alice.id, name="T")
    give_team_credits(operation_id=uuid.uuid4(), team=team, amount=40)
    charged = ledger.charge(
        account=team_account(team.id, alice.id), amount=5, operation="hybrid_query", idempotency_key="c"
    )
    fill_up(alice)
    delete_team(team=team)
    make_room(alice, 5)

    assert ledger.refund(transaction_id=charged.id, idempotency_key="r").account_type == "user"
    assert Team.objects.get(id=team.id).credits == 35


def test_a_pool_whose_owner_is_gone_keeps_nobody_elses(alice, bob, key):
    theirs, _ = create_api_key(user_id=bob.id, name="k", credits=30)
    for user, each in ((alice, key), (bob, theirs)):
        fill_up(user)
        revoke_api_key(user_id=user.id, key_id=each.id)
    make_room(bob, 30)
    execute("DELETE FROM users WHERE id = %s", alice.id)

    assert return_closed_pools() == 1

    assert (state(key), state(theirs)) == ((True, 30), (True, None))


@pytest.mark.postgresql
def test_where_a_check_of_the_sites_has_no_room_the_key_is_revoked_all_the_same(alice, key):
    execute("ALTER TABLE users ADD CONSTRAINT cap CHECK (credits <= 90)")

    revoke_api_key(user_id=alice.id, key_id=key.id)

    assert state(key) == (True, 30)


@pytest.mark.postgresql
def test_a_balance_that_a_check_of_the_sites_refuses_is_told_as_such(alice):
    execute("ALTER TABLE users ADD CONSTRAINT cap CHECK (credits <= 100)")

    with pytest.raises(
        BalanceTooLarge, match=r"refuses a balance of 105 credits by a rule of its own.*CHECKs.*of users"
    ):
        add_credits(user_id=alice.id, amount=5, type="bonus", idempotency_key="b")


def test_the_doctor_says_which_credits_do_not_fit(alice, key):
    assert list(examine_closed_pools()) == []
    fill_up(alice)
    revoke_api_key(user_id=alice.id, key_id=key.id)

    [finding] = examine_closed_pools()

    assert (finding.check, finding.level) == ("debts", "yellow")
    assert f"30 credits do not fit into their owners' balances: the revoked API key {key.id}" in finding.message


@pytest.mark.django_db(databases=[settings.AUTH_DB], transaction=True)
def test_four_at_once_move_each_pool_once(alice, key):
    fill_up(alice)
    revoke_api_key(user_id=alice.id, key_id=key.id)
    make_room(alice, 40)

    assert sum(at_once(lambda _: return_closed_pools(), times=4)) == 1

    assert entries_of(user_account(alice.id), type="transfer").count() == 2
    assert state(key) == (True, None)
    assert verify().problems == []
