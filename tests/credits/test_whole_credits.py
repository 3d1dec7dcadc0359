"""Where the database can hold it, it holds whole credits only; what got in elsewhere, verify_ledger names."""

import uuid
from typing import Any

import pytest
from django.conf import settings
from django.db import DatabaseError

from authbridge.models import User
from credits.migrations._append_only import drop_trigger
from credits.models import Team
from credits.proof.verification import verify
from credits.services import create_api_key
from credits.triggers.append_only import TRIGGERS
from tests.support import warm
from tests.support.scratch import Scratch, scratch_databases
from tests.support.sql import execute

pytestmark = pytest.mark.django_db(databases=[settings.AUTH_DB])
only_sqlite = pytest.mark.skipif(
    "sqlite" not in settings.DATABASES[settings.AUTH_DB]["ENGINE"], reason="is about what PostgreSQL's types refuse"
)
INSERT = (
    "INSERT INTO credit_transactions (id, user_id, amount, type, balance_after, created_at)"
    " VALUES (%s, 'u', %s, 'bonus', %s, CURRENT_TIMESTAMP)"
)


def found() -> list[str]:
    return [problem.message for problem in verify().problems if problem.rule == 1]


@only_sqlite
@pytest.mark.parametrize(("amount", "after"), [(1.5, 2), (2, 1.5), ("many", None), (0.4, None)])
def test_a_row_of_parts_of_credits_is_refused(amount: Any, after: Any) -> None:
    with pytest.raises(DatabaseError, match=r"Credits are whole numbers\."):
        execute(INSERT, str(uuid.uuid4()), amount, after)


@pytest.mark.parametrize("after", [7, None])
def test_a_row_of_whole_credits_is_taken(after: Any) -> None:
    execute(INSERT, str(uuid.uuid4()), 7, after)


@only_sqlite
@pytest.mark.parametrize(
    ("column", "name"),
    [
        *((column, "api_key_numbers_whole") for column in ("credits", "daily_limit", "monthly_limit")),
        ("team", "team_balance_whole"),
    ],
)
def test_a_pool_a_limit_or_a_team_takes_no_parts(alice: User, column: str, name: str) -> None:
    create_api_key(user_id=alice.id, name="k", credits=3)
    Team.objects.create(name="T", owner_id=alice.id)
    change = "teams SET credits" if column == "team" else f"api_key_credits SET {column}"

    with pytest.raises(DatabaseError, match=name):
        execute(f"UPDATE {change} = 2.5")
    execute(f"UPDATE {change} = 2")


@only_sqlite
class TestVerifyLedger:
    def test_a_balance_that_is_no_whole_number_is_named(self, alice: User, bob: User) -> None:
        execute("UPDATE users SET credits = 8.5 WHERE id = %s", alice.id)

        assert found() == [f"user {alice.id} has 8.5 in its balance or in a row, which is no whole number."]

    def test_so_is_a_row_even_where_the_sums_agree(self, alice: User) -> None:
        execute(drop_trigger("sqlite", "credit_entries_are_whole"))
        for amount in (0.5, -0.5):
            execute(INSERT.replace("'u'", f"'{alice.id}'"), str(uuid.uuid4()), amount, None)

        assert [message.split(" in its ")[0] for message in found()] == [
            f"user {alice.id} has {amount}" for amount in (0.5, -0.5)
        ]
        execute(TRIGGERS["sqlite"]["credit_entries_are_whole"])

    def test_by_how_much_is_told_exactly(self, alice: User) -> None:
        execute("UPDATE users SET credits = credits - 0.5 WHERE id = %s", alice.id)

        [problem] = [problem for problem in verify().problems if problem.rule == 2]

        assert problem.difference == -0.5
        assert problem.message.endswith("holds 99.5 credits and its rows add up to 100: 0.5 too few.")


def migrate(scratch: Scratch, name: str) -> Any:
    return warm.run(["manage.py", "migrate", f"--database={settings.AUTH_DB}", "credits", name], scratch.environment)


@only_sqlite
def test_an_instance_with_parts_of_credits_is_told_what_to_do_before_it_migrates(tmp_path: Any) -> None:
    with scratch_databases(tmp_path) as scratch:
        scratch.make_auth_table("users")
        assert migrate(scratch, "0002").returncode == 0
        scratch.execute(settings.AUTH_DB, "INSERT INTO teams (id, name, credits, owner_id) VALUES ('t', 'T', 8.5, 'o')")

        refused = migrate(scratch, "0003")

        assert refused.returncode == 1
        assert "teams.credits of t is 8.5, and credits are whole numbers. Round it" in refused.stderr
        advice = refused.stderr.partition("which comes to ")[2].partition(";")[0]
        scratch.execute(settings.AUTH_DB, advice)
        assert migrate(scratch, "0003").returncode == 0
        assert migrate(scratch, "0002").returncode == 0
