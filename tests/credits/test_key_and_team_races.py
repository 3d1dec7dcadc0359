"""Keys and teams changed, spent from and ended at the same moment: credits are somewhere, once."""

import time
import uuid
from threading import Barrier

import pytest
from django.conf import settings

from authbridge.models import User
from credits import ledger
from credits.accounts import key_account, team_account, user_account
from credits.models import ApiKeyCredits, CreditTransaction, Team
from credits.proof.verification import verify
from credits.selectors import entries_of, find_key, hash_key
from credits.services import (
    Charge,
    Payer,
    add_credits,
    add_member,
    change_api_key,
    create_api_key,
    create_team,
    delete_team,
    give_team_credits,
    keys,
    pay,
    renew_subscription,
    revoke_api_key,
    rotate_api_key,
)
from tests.support.threads import at_once, kinds

pytestmark = pytest.mark.django_db(databases=[settings.AUTH_DB], transaction=True)


def balance(user):
    return User.objects.values_list("credits", flat=True).get(id=user.id)


def pool_of(key):
    return ApiKeyCredits.objects.values_list("credits", flat=True).get(id=key.id)


def spent(user):
    return -sum(row.amount for row in CreditTransaction.objects.filter(user_id=user.id, type__in=["usage", "refund"]))


def team_for(owner):
    return create_team(operation_id=uuid.uuid4(), owner_id=owner.id, name="Team")


def charge(payer, number, amount=2):
    return pay(payer=payer, charge=Charge("hybrid_query", amount, f"hybrid_query:{number}"))


def test_fifty_charges_within_a_daily_limit_for_twenty_let_twenty_through(alice):
    key, _ = create_api_key(user_id=alice.id, name="k", daily_limit=40)
    payer = Payer(user_account(alice.id), key.id, limited=True)

    results = at_once(lambda n: charge(payer, n), times=50)

    assert kinds(results) == {"Receipt": 20, "LimitReached": 30}
    assert balance(alice) == 60
    assert verify().problems == []


def test_two_changes_of_a_pool_at_once_leave_one_of_them(alice):
    key, _ = create_api_key(user_id=alice.id, name="k", credits=20)
    sizes = [10, 40]

    at_once(lambda n: change_api_key(user_id=alice.id, key_id=key.id, changes={"credits": sizes[n % 2]}), times=10)

    assert pool_of(key) in sizes
    assert balance(alice) + pool_of(key) == 100
    assert verify().problems == []


def test_of_rotations_that_met_the_same_secret_one_is_done_and_its_secret_works(alice, monkeypatch):
    key, _ = create_api_key(user_id=alice.id, name="k")
    all_have_looked = Barrier(8)

    def look_together(*ids):
        found = find_key(*ids)
        all_have_looked.wait(timeout=60)
        return found

    monkeypatch.setattr(keys, "find_key", look_together)
    results = at_once(lambda n: rotate_api_key(user_id=alice.id, key_id=key.id), times=8)

    [(_, secret)] = [result for result in results if isinstance(result, tuple)]
    assert kinds(results) == {"tuple": 1, "Conflict": 7}
    assert ApiKeyCredits.objects.get(id=key.id).api_key == hash_key(secret)


def test_a_key_that_is_changed_while_it_is_revoked_keeps_no_pool(alice, monkeypatch):
    key, _ = create_api_key(user_id=alice.id, name="k", credits=20)

    def look_and_linger(*ids, look=keys.lock_key):
        found = look(*ids)
        time.sleep(0.1)
        return found

    def act(number):
        if number == 0:
            return revoke_api_key(user_id=alice.id, key_id=key.id)
        return change_api_key(user_id=alice.id, key_id=key.id, changes={"credits": 10 + number})

    monkeypatch.setattr(keys, "lock_key", look_and_linger)
    results = at_once(act, times=8)

    assert set(kinds(results)) <= {"ApiKeyCredits", "Conflict", "NoneType"}
    assert (balance(alice), pool_of(key)) == (100, None)


def test_a_person_whom_several_teams_add_at_once_is_on_one(make_user, bob):
    teams = [team_for(make_user(f"Owner{number}", credits=0)) for number in range(8)]

    results = at_once(lambda n: add_member(team=teams[n], email=bob.email), times=len(teams))

    assert kinds(results) == {"User": 1, "Conflict": 7}
    bob.refresh_from_db()
    assert bob.team_id == teams[next(n for n, result in enumerate(results) if isinstance(result, User))].id


def test_teams_that_one_person_makes_at_once_are_one_team(alice):
    results = at_once(lambda n: team_for(alice), times=8)

    assert kinds(results) == {"Team": 1, "Conflict": 7}
    assert Team.objects.filter(owner_id=alice.id).count() == 1


def test_revoking_beside_charges_gives_the_rest_of_the_pool_back_once(alice):
    key, _ = create_api_key(user_id=alice.id, name="k", credits=60)
    payer = Payer(key_account(key.id, alice.id), key.id)

    def act(number):
        if number % 4 == 3:
            return revoke_api_key(user_id=alice.id, key_id=key.id)
        return charge(payer, number)

    results = at_once(act, times=40)

    given_back = [row for row in entries_of(payer.account) if row.idempotency_key == f"revoked:{key.id}"]
    assert set(kinds(results)) <= {"Receipt", "InsufficientCredits", "NoneType"}
    assert len(given_back) == 1
    assert pool_of(key) is None
    assert balance(alice) == 100 - spent(alice)
    assert verify().problems == []


def test_refunds_beside_the_end_of_their_pool_reach_the_owner(alice):
    key, _ = create_api_key(user_id=alice.id, name="k", credits=60)
    pool = key_account(key.id, alice.id)
    charges = [
        ledger.charge(account=pool, amount=3, operation="hybrid_query", idempotency_key=str(n)) for n in range(20)
    ]

    def act(number):
        if number == len(charges):
            return revoke_api_key(user_id=alice.id, key_id=key.id)
        return ledger.refund(transaction_id=charges[number].id, idempotency_key=f"refund-{number}")

    results = at_once(act, times=len(charges) + 1)

    assert kinds(results) == {"CreditTransaction": 20, "NoneType": 1}
    assert (balance(alice), pool_of(key)) == (100, None)
    assert verify().problems == []


def test_deleting_a_team_beside_gifts_and_charges_leaves_nothing_in_it(alice):
    team = team_for(alice)
    give_team_credits(operation_id=uuid.uuid4(), team=team, amount=20)
    payer = Payer(team_account(team.id, alice.id))

    def act(number):
        if number == 15:
            return delete_team(team=team)
        if number % 2:
            return give_team_credits(operation_id=uuid.uuid4(), team=team, amount=2)
        return charge(payer, number)

    results = at_once(act, times=30)

    assert set(kinds(results)) <= {"Receipt", "Team", "NoneType", "InsufficientCredits", "TeamNotFound"}
    assert Team.objects.values_list("credits", flat=True).get(id=team.id) == 0
    assert balance(alice) == 100 - spent(alice)
    assert verify().problems == []


def test_a_storm_of_deliveries_at_once_does_each_event_once(alice):
    def deliver(number):
        event = number % 6
        if event % 2:
            return add_credits(user_id=alice.id, amount=event, type="purchase", idempotency_key=f"evt_{event}")
        return renew_subscription(
            user_id=alice.id, new_credits=10 + event, plan_limit=50 + event, idempotency_key=f"evt_{event}"
        )

    results = at_once(deliver, times=48)

    assert kinds(results) == {"CreditTransaction": 48}
    assert len({result.id for result in results}) == 6
    alice.refresh_from_db()
    assert alice.total_credits_purchased == 1 + 3 + 5 + 10 + 12 + 14
    assert verify().problems == []
