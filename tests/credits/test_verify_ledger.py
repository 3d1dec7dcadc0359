"""verify_ledger finds what breaks a money rule, says where and by how much, and finds nothing else."""

import json
import uuid
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connections

from authbridge.models import User
from credits import ledger
from credits.accounts import key_account, team_account, user_account
from credits.models import ApiKeyCredits, CreditTransaction, Team
from credits.periods import start_of_day
from credits.proof.verification import look, verify
from credits.services import (
    add_credits,
    create_api_key,
    create_team,
    delete_team,
    give_team_credits,
    renew_subscription,
    revoke_api_key,
)
from credits.triggers.append_only import TRIGGERS
from tests.support.append_only import without_triggers
from tests.support.auth_tables import SHAPES
from tests.support.sql import execute

pytestmark = pytest.mark.django_db(databases=[settings.AUTH_DB])


def problems(rule):
    return [problem for problem in verify().problems if problem.rule == rule]


def found(rule):
    return [(problem.account_type, problem.account_id, problem.difference) for problem in problems(rule)]


def charge(user, amount=10, key="c", account=None):
    return ledger.charge(
        account=account or user_account(user.id), amount=amount, operation="hybrid_query", idempotency_key=key
    )


def run(*arguments):
    """Return the command's exit code and what it printed."""
    out = StringIO()
    try:
        call_command("verify_ledger", *arguments, stdout=out)
    except SystemExit as stopped:
        return stopped.code, out.getvalue()
    return 0, out.getvalue()


def test_whatever_the_ledger_itself_did_is_in_order(alice, bob):
    key, _ = create_api_key(user_id=alice.id, name="k", credits=30)
    team = Team.objects.create(name="T", owner_id=bob.id)
    charged = charge(alice, account=key_account(key.id, alice.id))
    ledger.refund(transaction_id=charged.id, amount=4, idempotency_key="part")
    ledger.transfer(source=user_account(bob.id), target=team_account(team.id, bob.id), amount=7, idempotency_key="gift")
    renew_subscription(user_id=bob.id, new_credits=5, plan_limit=20, idempotency_key="in_1")
    revoke_api_key(user_id=alice.id, key_id=key.id)
    ledger.refund(transaction_id=charged.id, idempotency_key="rest")

    assert verify().problems == []
    assert run()[0] == 0


@pytest.mark.postgresql
@pytest.mark.parametrize("shape", SHAPES)
def test_any_shape_of_the_users_table_is_understood(rebuild_auth_tables, make_user, shape):
    rebuild_auth_tables(**SHAPES[shape])
    user = make_user("Carol")
    execute("UPDATE users SET credits = 101 WHERE id = %s", user.id)

    assert found(rule=2) == [("user", str(user.id), 1)]


@pytest.mark.parametrize("difference", [7, -7])
def test_a_balance_that_its_rows_do_not_explain_is_found(alice, bob, difference):
    execute("UPDATE users SET credits = credits + %s WHERE id = %s", difference, alice.id)

    assert found(rule=2) == [("user", str(alice.id), difference)]


def test_credits_in_a_key_pool_or_team_must_be_explained_too(alice):
    key, _ = create_api_key(user_id=alice.id, name="k", credits=30)
    execute("UPDATE api_key_credits SET credits = 29 WHERE id = %s", key.id)

    assert found(rule=2) == [("api_key", str(key.id), -1)]


def test_a_pool_that_vanished_is_found(alice):
    key, _ = create_api_key(user_id=alice.id, name="k", credits=30)
    ApiKeyCredits.objects.filter(id=key.id).delete()

    assert found(rule=2) == [("api_key", str(key.id), -30)]


def test_rows_that_the_site_inserts_count_for_their_user(alice):
    CreditTransaction.objects.create(user_id=alice.id, amount=15, type="purchase")
    assert found(rule=2) == [("user", str(alice.id), -15)]

    execute("UPDATE users SET credits = credits + 15 WHERE id = %s", alice.id)
    charge(alice)

    assert verify().problems == []


def test_a_row_without_an_account_is_its_users(alice):
    with without_triggers():
        CreditTransaction.objects.create(user_id=alice.id, amount=15, type="purchase")

        assert found(rule=2) == [("user", str(alice.id), -15)]


def test_users_who_are_gone_leave_their_history(alice):
    User.objects.filter(id=alice.id).delete()

    assert verify().problems == []


def test_credits_from_before_the_first_row_are_no_problem_but_told(make_user):
    user = make_user("Oldhand", credits=0)
    execute("UPDATE users SET credits = 40 WHERE id = %s", user.id)

    code, text = run()

    assert code == 0
    assert verify().unopened == 1
    assert "With credits from before their first row, which will explain them: 1." in text


def test_a_balance_below_zero_is_found(alice):
    execute("UPDATE users SET credits = -3 WHERE id = %s", alice.id)

    assert found(rule=1) == [("user", str(alice.id), -3)]


def test_a_balance_that_once_was_below_zero_is_found(alice):
    add_rows = [("usage", -105, -5), ("bonus", 5, 0)]
    for type, amount, after in add_rows:
        insert(alice, type=type, amount=amount, balance_after=after)
    execute("UPDATE users SET credits = 0 WHERE id = %s", alice.id)

    assert found(rule=1) == [("user", str(alice.id), -5)]


def insert(user, **fields):
    """Append a row behind the ledger's back."""
    defaults = {"user_id": user.id, "account_type": "user", "account_id": user.id}
    return CreditTransaction.objects.create(**{**defaults, **fields})


def test_an_operation_that_two_accounts_paid_for_is_found(alice, bob):
    key = f"hybrid_query:{uuid.uuid4()}"
    charge(alice, key=key)
    charge(bob, key=key)

    assert [problem.rule for problem in verify().problems] == [3]
    assert key in problems(rule=3)[0].message


def test_an_operation_that_was_paid_again_after_a_refund_is_in_order(alice, bob):
    key = f"hybrid_query:{uuid.uuid4()}"
    first = charge(alice, key=key)
    ledger.refund(transaction_id=first.id, idempotency_key="r")
    charge(bob, key=key)

    assert verify().problems == []


def test_the_sites_keys_may_be_used_for_several_users(alice, bob):
    charge(alice, key="site:evt_1")
    charge(bob, key="site:evt_1")

    assert verify().problems == []


def test_more_refunded_than_charged_is_found(alice):
    charged = charge(alice, amount=10)
    ledger.refund(transaction_id=charged.id, idempotency_key="r")
    insert(alice, type="refund", amount=5, refund_of=charged.id, balance_after=105)

    assert found(rule=6) == [("user", str(alice.id), 5)]


def test_a_refund_of_nothing_is_found(alice):
    insert(alice, type="refund", amount=5, refund_of=str(uuid.uuid4()))

    assert found(rule=6) == [("user", str(alice.id), 5)]


def test_a_refund_of_no_charge_is_found(alice):
    insert(alice, type="refund", amount=5)

    assert [(problem.rule, problem.account_id) for problem in problems(rule=7)] == [(7, str(alice.id))]
    assert "gives 5 credits back of no charge." in problems(rule=7)[0].message


def test_a_refund_of_something_that_is_no_charge_is_found(alice):
    bonus = CreditTransaction.objects.get(user_id=alice.id)
    insert(alice, type="refund", amount=5, refund_of=bonus.id)

    assert found(rule=6) == [("user", str(alice.id), 5)]


def test_a_refund_to_somebody_who_did_not_pay_is_found(alice, bob):
    charged = charge(alice)
    insert(bob, type="refund", amount=5, refund_of=charged.id)

    assert found(rule=6) == [("user", str(bob.id), None)]


def test_a_refund_to_the_owner_of_another_key_is_found(alice, bob):
    key, _ = create_api_key(user_id=alice.id, name="k", credits=30)
    charged = charge(alice, account=key_account(key.id, alice.id))
    insert(bob, type="refund", amount=5, refund_of=charged.id)

    assert found(rule=6) == [("user", str(bob.id), None)]


def test_a_refund_to_the_owner_of_a_team_that_is_there_is_found(alice):
    team = Team.objects.create(name="T", owner_id=alice.id)
    source, pool = user_account(alice.id), team_account(team.id, alice.id)
    ledger.transfer(source=source, target=pool, amount=20, idempotency_key="gift")
    insert(alice, type="refund", amount=5, refund_of=charge(alice, account=pool).id)

    assert found(rule=6) == [("user", str(alice.id), None)]


def test_a_refund_to_the_owner_of_a_team_that_is_no_more_is_in_order(alice):
    team = create_team(operation_id=uuid.uuid4(), owner_id=alice.id, name="T")
    give_team_credits(operation_id=uuid.uuid4(), team=team, amount=20)
    charged = charge(alice, account=team_account(team.id, alice.id))
    delete_team(team=team)
    ledger.refund(transaction_id=charged.id, idempotency_key="r")

    assert verify().problems == []


@pytest.mark.parametrize(
    ("type", "amount"),
    [
        ("usage", 50),
        ("usage", 0),
        ("expiry", 1),
        ("purchase", -1),
        ("bonus", 0),
        ("refund", -5),
        ("transfer", 0),
        ("opening", 0),
        ("adjustment", 0),
    ],
)
def test_a_row_that_moves_credits_otherwise_than_its_type_says_is_found(alice, type, amount):
    row = insert(alice, type=type, amount=amount, refund_of=charge(alice).id if type == "refund" else None)

    wrong = f"The row {row.id} of user {alice.id} is of type {type} and moves {amount:+} credits."
    assert wrong in [problem.message for problem in problems(rule=7)]


def test_a_purchase_that_says_it_refunds_a_charge_is_found(alice):
    charged = charge(alice)
    insert(alice, type="purchase", amount=5, refund_of=charged.id)

    assert f"is of type purchase and says that it refunds the charge {charged.id}." in problems(rule=7)[0].message


def test_what_the_site_wrote_before_there_was_this_ledger_is_taken_as_it_is(alice):
    execute("DELETE FROM django_migrations WHERE app = 'credits' AND name = '0001_initial'")
    now = datetime.now(UTC).isoformat()
    execute("INSERT INTO django_migrations (app, name, applied) VALUES ('credits', '0001_initial', %s)", now)
    insert(alice, type="refund", amount=5, created_at="2001-01-01T00:00:00Z")
    execute("UPDATE users SET credits = 105 WHERE id = %s", alice.id)

    assert verify().problems == []


def test_one_leg_of_a_transfer_is_found(alice):
    insert(alice, type="transfer", amount=-5, idempotency_key="gift")

    assert found(rule=7) == [("user", str(alice.id), -5)]
    assert "has only one row, of -5 credits." in problems(rule=7)[0].message


def test_a_transfer_that_gives_more_than_it_takes_is_found(alice):
    key, _ = create_api_key(user_id=alice.id, name="k", credits=30)
    insert(alice, type="transfer", amount=-5, idempotency_key="gift")
    insert(alice, type="transfer", amount=9, idempotency_key="gift", account_type="api_key", account_id=key.id)

    assert [problem.difference for problem in problems(rule=7)] == [4]


def test_a_transfer_to_somebody_else_is_found(alice, bob):
    key, _ = create_api_key(user_id=bob.id, name="k", credits=30)
    insert(alice, type="transfer", amount=-5, idempotency_key="gift")
    insert(alice, type="transfer", amount=5, idempotency_key="gift", account_type="api_key", account_id=key.id)

    assert "moves credits between accounts of different owners." in problems(rule=7)[0].message


def test_a_transfer_from_an_account_to_itself_is_found(alice):
    insert(alice, type="transfer", amount=-5)
    first = CreditTransaction.objects.filter(type="transfer").get()
    insert(alice, type="transfer", amount=5, idempotency_key=str(first.id))

    assert [problem.account_id for problem in problems(rule=7)] == [str(alice.id)]


PLANTED = {
    "sign": {"type": "usage", "amount": 50},
    "leg": {"type": "transfer", "amount": -5, "idempotency_key": "gift"},
    "refund of nothing": {"type": "refund", "amount": 5},
}


@pytest.mark.parametrize("row", PLANTED.values(), ids=PLANTED)
def test_a_row_from_after_the_last_proof_is_found_without_looking_at_all_of_them(alice, row):
    insert(alice, **row)

    assert {problem.rule for problem in look(start_of_day()).problems} >= {7}
    assert 7 not in {problem.rule for problem in look(start_of_day() + timedelta(days=1)).problems}


def test_a_recent_refund_to_somebody_else_of_an_old_charge_is_found(alice, bob):
    charged = insert(alice, type="usage", amount=-10, created_at="2001-01-01T00:00:00Z")
    insert(bob, type="refund", amount=5, refund_of=charged.id)

    assert ("user", str(bob.id)) in [
        (p.account_type, p.account_id) for p in look(start_of_day()).problems if p.rule == 6
    ]


def test_a_transfer_whose_rows_are_on_both_sides_of_where_a_proof_begins_is_in_order(alice):
    create_api_key(user_id=alice.id, name="k", credits=30)
    with without_triggers():
        sql = "UPDATE credit_transactions SET created_at = %s WHERE type = 'transfer' AND account_type = 'user'"
        execute(sql, "2001-01-01 00:00:00+00:00")

    assert [problem for problem in look(start_of_day()).problems if problem.rule == 7] == []


def test_a_row_that_would_have_left_more_than_any_balance_is_found(alice):
    insert(alice, type="usage", amount=-5, balance_after=2**31 - 1)

    assert ("user", str(alice.id), None) in found(rule=5)


def test_a_changed_row_is_found_even_if_the_sums_agree(alice):
    for number in range(4):
        charge(alice, key=f"c-{number}")
    with without_triggers():
        execute("UPDATE credit_transactions SET amount = amount + 1 WHERE idempotency_key = 'c-1'")
        execute("UPDATE credit_transactions SET amount = amount - 1 WHERE idempotency_key = 'c-2'")

    assert found(rule=2) == []
    assert found(rule=5) == [("user", str(alice.id), None)]


@pytest.mark.parametrize("key", ["first-credits", "c-0", "c-1"])
def test_a_lost_row_is_found_even_if_the_balance_was_made_to_agree(alice, key):
    for number in range(3):
        charge(alice, key=f"c-{number}")
    lost = CreditTransaction.objects.get(idempotency_key=key)
    with without_triggers():
        execute("DELETE FROM credit_transactions WHERE id = %s", lost.id)
    execute("UPDATE users SET credits = credits - %s WHERE id = %s", lost.amount, alice.id)

    assert found(rule=2) == []
    assert found(rule=5) == [("user", str(alice.id), None)]


def test_rows_in_an_order_that_no_clock_explains_are_in_order(alice):
    insert(alice, type="bonus", amount=5, balance_after=105, created_at="2001-01-01T00:00:00Z")
    execute("UPDATE users SET credits = 105 WHERE id = %s", alice.id)

    assert verify().problems == []


def test_a_ledger_that_nothing_protects_is_found():
    with without_triggers():
        messages = [problem.message for problem in problems(rule=5)]

    assert len(messages) == len(TRIGGERS[connections[settings.AUTH_DB].vendor])
    assert all("is missing or disabled" in message for message in messages)


@pytest.mark.postgresql
def test_a_disabled_trigger_is_found():
    execute("ALTER TABLE credit_transactions DISABLE TRIGGER credit_entries_are_kept")

    assert "credit_entries_are_kept" in problems(rule=5)[0].message


def test_the_command_names_each_account_and_by_how_much(alice, bob):
    execute("UPDATE users SET credits = credits + 7 WHERE id = %s", alice.id)
    execute("UPDATE users SET credits = credits - 1 WHERE id = %s", bob.id)

    code, text = run()

    assert code == 1
    assert f"user {alice.id} holds 107 credits and its rows add up to 100: 7 too many." in text
    assert f"user {bob.id} holds 99 credits and its rows add up to 100: 1 too few." in text


def test_the_command_speaks_json(alice):
    execute("UPDATE users SET credits = credits + 7 WHERE id = %s", alice.id)

    code, text = run("--json")

    report = json.loads(text)
    assert (code, report["ok"], report["rows"]) == (1, False, 1)
    assert report["problems"] == [
        {
            "rule": 2,
            "message": f"user {alice.id} holds 107 credits and its rows add up to 100: 7 too many.",
            "account_type": "user",
            "account_id": str(alice.id),
            "difference": 7,
        }
    ]


def test_json_says_when_all_is_well(alice):
    add_credits(user_id=alice.id, amount=5, type="purchase", idempotency_key="p")

    code, text = run("--json")

    assert (code, json.loads(text)["ok"], json.loads(text)["problems"]) == (0, True, [])
