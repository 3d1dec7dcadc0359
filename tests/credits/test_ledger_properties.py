"""Whatever is done in whatever order, by whomever, repeated at will: the money rules hold.

The suite runs the short form; LEDGER_EXAMPLES=500 makes it as long as you like.
"""

import os
import uuid
from collections import Counter
from datetime import UTC, datetime
from itertools import accumulate

import pytest
from django.conf import settings
from django.db import transaction
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from authbridge.models import User
from authbridge.shared.errors import DomainError
from credits import ledger
from credits.accounts import Account, key_account, team_account, user_account
from credits.models import ApiKeyCredits, CreditTransaction, Team

pytestmark = pytest.mark.django_db(databases=[settings.AUTH_DB])

EXAMPLES = int(os.environ.get("LEDGER_EXAMPLES", "20"))
PEOPLE = 2
# Small numbers meet each other: balances run out, refunds touch what remains, limits are reached.
amounts = st.integers(1, 6)
keys = st.integers(0, 6).map(lambda number: f"key-{number}")
people = st.integers(0, PEOPLE - 1)
kinds = st.sampled_from(["user", "api_key", "team"])


class LedgerMachine(RuleBasedStateMachine):
    """Users with a key and a team each, and every movement the ledger knows."""

    @initialize(old_credits=st.lists(st.integers(0, 12), min_size=PEOPLE, max_size=PEOPLE))
    def people_arrive(self, old_credits: list[int]) -> None:
        self.scope = transaction.atomic(using=settings.AUTH_DB)
        self.scope.__enter__()
        self.accounts: list[dict[str, Account]] = [arrive(credits) for credits in old_credits]

    def teardown(self) -> None:
        if hasattr(self, "scope"):
            transaction.set_rollback(True, using=settings.AUTH_DB)
            self.scope.__exit__(None, None, None)

    @rule(person=people, kind=kinds, amount=amounts, key=keys, limited=st.booleans())
    def charge(self, person: int, kind: str, amount: int, key: str, limited: bool) -> None:
        mine = self.accounts[person]
        attempt(
            lambda: ledger.charge(
                account=mine[kind],
                amount=amount,
                operation="hybrid_query",
                idempotency_key=key,
                api_key_id=mine["api_key"].id,
                limited=limited,
            )
        )

    @rule(person=people, amount=amounts, key=keys, type=st.sampled_from(["purchase", "bonus"]))
    def grant(self, person: int, amount: int, key: str, type: str) -> None:
        account = self.accounts[person]["user"]
        attempt(lambda: ledger.grant(account=account, amount=amount, type=type, idempotency_key=key))

    @rule(pick=st.integers(0, 1000), amount=st.none() | amounts, key=keys)
    def refund(self, pick: int, amount: int | None, key: str) -> None:
        charges = list(CreditTransaction.objects.filter(type="usage").order_by("created_at", "id"))
        if charges:
            charged = charges[pick % len(charges)]
            attempt(lambda: ledger.refund(transaction_id=charged.id, amount=amount, idempotency_key=key))

    @rule(person=people, giver=kinds, taker=kinds, amount=amounts, key=keys)
    def transfer(self, person: int, giver: str, taker: str, amount: int, key: str) -> None:
        mine = self.accounts[person]
        if giver != taker:
            attempt(lambda: ledger.transfer(source=mine[giver], target=mine[taker], amount=amount, idempotency_key=key))

    @rule(person=people, credits=st.none() | st.integers(0, 6), key=keys)
    def set_pool(self, person: int, credits: int | None, key: str) -> None:
        mine = self.accounts[person]
        attempt(lambda: ledger.set_pool(pool=mine["api_key"], owner=mine["user"], credits=credits, idempotency_key=key))

    @rule(person=people, new_credits=amounts, plan_limit=st.integers(0, 10), key=keys)
    def renew(self, person: int, new_credits: int, plan_limit: int, key: str) -> None:
        account = self.accounts[person]["user"]
        attempt(
            lambda: ledger.renew(account=account, new_credits=new_credits, plan_limit=plan_limit, idempotency_key=key)
        )

    @invariant()
    def the_money_rules_hold(self) -> None:
        if not hasattr(self, "accounts"):
            return
        rows = list(CreditTransaction.objects.order_by("created_at", "-type", "id"))
        balances_are_explained(rows, [account for mine in self.accounts for account in mine.values()])
        keys_were_used_once(rows)
        refunds_stay_within_their_charge(rows)


def balances_are_explained(rows: list[CreditTransaction], accounts: list[Account]) -> None:
    """Rules 1 and 2; and each row tells the balance that it led to."""
    balances = {
        kind: dict(model._default_manager.values_list("id", "credits"))
        for kind, model in (("user", User), ("api_key", ApiKeyCredits), ("team", Team))
    }
    for account in accounts:
        balance = balances[account.type][account.id] or 0
        own = [row for row in rows if (row.account_type, row.account_id) == (account.type, account.id)]
        assert balance >= 0
        assert not own or balance == sum(row.amount for row in own)
        assert [row.balance_after for row in own] == list(accumulate(row.amount for row in own))


def keys_were_used_once(rows: list[CreditTransaction]) -> None:
    """Rule 3."""
    used = [(row.account_type, row.account_id, row.idempotency_key) for row in rows]
    assert len(used) == len(set(used))


def refunds_stay_within_their_charge(rows: list[CreditTransaction]) -> None:
    """Rule 6."""
    given_back = Counter[str]()
    for row in rows:
        given_back[row.refund_of or ""] += row.amount
    assert all(given_back[row.id] <= -row.amount for row in rows if row.type == "usage")


def arrive(credits: int) -> dict[str, Account]:
    """Make a user with credits older than the ledger, a key without a pool, and a team."""
    now = datetime.now(UTC)
    user = User.objects.create(
        id=uuid.uuid4(), name="P", email=f"{uuid.uuid4()}@x.org", created_at=now, updated_at=now, credits=credits
    )
    key = ApiKeyCredits.objects.create(api_key=uuid.uuid4().hex, user_id=user.id, daily_limit=9)
    team = Team.objects.create(name="T", owner_id=user.id)
    return {
        "user": user_account(user.id),
        "api_key": key_account(key.id, user.id),
        "team": team_account(team.id, user.id),
    }


def attempt(movement: object) -> None:
    """Try a movement; a refusal must leave no trace, which the invariants see."""
    try:
        with transaction.atomic(using=settings.AUTH_DB):
            movement()  # type: ignore[operator]
    except DomainError:
        return


def test_the_money_rules_hold_under_any_sequence() -> None:
    run_state_machine_as_test(
        LedgerMachine,
        settings=hypothesis_settings(
            max_examples=EXAMPLES,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            database=None,
        ),
    )
