"""What SQL did past the ledger can be explained by a row that moves nothing, and then the money rules hold again."""

import uuid
from io import StringIO
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.core.management import CommandError, call_command

from authbridge.models import User
from credits import ledger
from credits.accounts import team_account, user_account
from credits.models import CreditTransaction, Team
from credits.proof.verification import verify
from credits.selectors import find_account, get_balance
from credits.services import create_api_key, deduct_credits, explain_balance
from tests.support.sql import execute
from tests.support.staff import client_of_staff, url_of
from tests.support.threads import at_once

databases = pytest.mark.django_db(databases="__all__")


def change(user: User, by: int) -> None:
    execute("UPDATE users SET credits = credits + %s WHERE id = %s", by, user.id)


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("explain_balance", *arguments, stdout=out)
    return out.getvalue()


def problems() -> list[str]:
    return [problem.message for problem in verify().problems]


def row_of(user: User) -> CreditTransaction:
    return CreditTransaction.objects.get(user_id=user.id, type="adjustment")


@databases
class TestTheCommand:
    @pytest.mark.parametrize("by", [30, -30])
    def test_a_balance_that_sql_changed_is_explained_and_stays(self, alice: User, by: int) -> None:
        change(alice, by)
        assert len(problems()) == 1

        said = run(alice.email, "--reason", "A support ticket was settled by hand.")

        assert said.startswith(f"A row of {by:+} explains how user {alice.email} came to {100 + by} credits")
        assert said.endswith("No credits were moved.\n")
        assert problems() == []
        assert get_balance(alice).credits == 100 + by
        row = row_of(alice)
        assert (row.amount, row.operation, row.balance_after) == (by, "correction", 100 + by)
        assert row.metadata == {"reason": "A support ticket was settled by hand.", "by": "the command explain_balance"}

    def test_a_row_that_moved_no_balance_is_made_good(self, alice: User) -> None:
        execute(
            "INSERT INTO credit_transactions (id, user_id, amount, type, created_at)"
            " VALUES (%s, %s, 50, 'bonus', CURRENT_TIMESTAMP)",
            str(uuid.uuid4()),
            alice.id,
        )

        assert f"A row of -50 explains how user {alice.id} came to 100 credits" in run(
            alice.id, "--reason", "The site wrote a row alone."
        )
        assert problems() == []

    def test_spending_goes_on_from_there(self, alice: User) -> None:
        change(alice, -30)
        run(alice.email, "--reason", "By hand.")

        deduct_credits(user_id=alice.id, amount=70, operation="hybrid_query")

        assert (get_balance(alice).credits, problems()) == (0, [])

    def test_what_was_spent_since_leads_on_from_what_sql_left(self, alice: User) -> None:
        for number, by in enumerate((20, -7)):
            change(alice, by)
            deduct_credits(user_id=alice.id, amount=1, operation="hybrid_query", idempotency_key=f"c{number}")

        said = run(alice.email, "--reason", "Twice by hand.")

        assert said.count("A row of ") == 2
        assert (get_balance(alice).credits, problems()) == (111, [])

    def test_two_changes_that_cancel_each_other_are_explained_too(self, alice: User) -> None:
        for number, by in enumerate((20, -20)):
            change(alice, by)
            deduct_credits(user_id=alice.id, amount=1, operation="hybrid_query", idempotency_key=f"c{number}")
        assert len(problems()) == 1

        run(alice.email, "--reason", "By mistake, and undone.")

        assert problems() == []

    def test_a_second_call_has_nothing_to_explain(self, alice: User) -> None:
        change(alice, 5)
        run(alice.email, "--reason", "By hand.")

        assert run(alice.email, "--reason", "By hand.") == (
            f"There is nothing to explain: the rows of user {alice.email} add up to its balance.\n"
        )
        assert row_of(alice).amount == 5

    def test_credits_from_before_the_first_row_are_left_to_it(self, make_user: Any) -> None:
        old_hand = make_user("Old", credits=0)
        change(old_hand, 40)

        assert "nothing to explain" in run(old_hand.email, "--reason", "Why not.")
        assert not CreditTransaction.objects.filter(user_id=old_hand.id).exists()

    def test_a_pool_and_a_team_are_explained_alike(self, alice: User) -> None:
        key, _ = create_api_key(user_id=alice.id, name="k", credits=30)
        team = Team.objects.create(name="T", owner_id=alice.id)
        ledger.transfer(
            source=user_account(alice.id), target=team_account(team.id, alice.id), amount=7, idempotency_key="gift"
        )
        execute("UPDATE api_key_credits SET credits = 31")
        execute("UPDATE teams SET credits = 5")
        assert len(problems()) == 2

        assert f"A row of +1 explains how api_key {key.id} came to 31 credits" in run(
            key.id, "--type", "api_key", "--reason", "By hand."
        )
        assert f"A row of -2 explains how team {team.id} came to 5 credits" in run(
            team.id, "--type", "team", "--reason", "By hand."
        )
        assert problems() == []

    @pytest.mark.parametrize("type", ["user", "api_key", "team"])
    @pytest.mark.parametrize("name", ["nobody@example.com", "nonsense", str(uuid.uuid4())], ids=["e-mail", "", "id"])
    def test_what_is_not_there_is_said(self, type: str, name: str) -> None:
        with pytest.raises(CommandError, match=f"There is no {type} {name}"):
            run(name, "--type", type, "--reason", "Why not.")

    @pytest.mark.parametrize("reason", ["", "  "])
    def test_without_a_reason_nothing_is_written(self, alice: User, reason: str) -> None:
        change(alice, 5)

        with pytest.raises(CommandError, match="Say in --reason what happened"):
            run(alice.email, "--reason", reason)
        assert len(problems()) == 1

    def test_what_is_no_balance_cannot_be_explained(self, alice: User) -> None:
        change(alice, -130)

        with pytest.raises(CommandError, match="A balance of -30 is none: credits are whole numbers from 0"):
            run(alice.email, "--reason", "By hand.")

    def test_verify_ledger_says_so(self, alice: User) -> None:
        change(alice, 5)
        out = StringIO()

        with pytest.raises(SystemExit):
            call_command("verify_ledger", stdout=out)

        assert 'manage.py explain_balance USER --reason "…"' in out.getvalue()


@databases
class TestStaff:
    def test_a_balance_is_explained_on_the_user_s_page(self, alice: User) -> None:
        change(alice, -30)
        staff = client_of_staff()
        page = url_of("authbridge_user", alice.id).removesuffix("change/") + "explain/"
        form = {"reason": "Settled by hand.", "key": "once"}

        answers = [staff.post(page, form, follow=True) for _ in range(2)]

        assert "-30 credits explain the balance. None were moved." in answers[0].content.decode()
        assert problems() == []
        assert row_of(alice).metadata["reason"] == "Settled by hand."
        assert LogEntry.objects.filter(change_message__contains="Explained -30 credits: Settled by hand.").exists()

    def test_where_there_is_nothing_to_explain_that_is_said(self, alice: User) -> None:
        page = url_of("authbridge_user", alice.id).removesuffix("change/") + "explain/"

        answer = client_of_staff().post(page, {"reason": "Why not.", "key": "once"})

        assert "There is nothing to explain" in answer.content.decode()


@pytest.mark.django_db(databases="__all__", transaction=True)
def test_of_many_at_once_one_explains_while_charges_go_on(alice: User) -> None:
    change(alice, 20)
    account = find_account("user", alice.id)
    assert account is not None

    def act(number: int) -> Any:
        if number % 2:
            return deduct_credits(user_id=alice.id, amount=1, operation="hybrid_query") and None
        return explain_balance(account=account, reason="By hand.", by="A test")

    written = [entry for entries in at_once(act, times=16) for entry in entries or []]

    assert [entry.amount for entry in written] == [20]
    assert (get_balance(alice).credits, problems()) == (112, [])
