"""Tests run however people start them, and a TestCase or TransactionTestCase of their own works over both databases."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import IntegrityError, connections, transaction
from django.test import TestCase, TransactionTestCase

from authbridge.models import User
from credits.models import CreditTransaction
from credits.services import get_balance
from datasets.models import Dataset
from fltr_project.run import tests
from tests.support.people import make_user

PROJECT = Path(__file__).parents[2]
HERE = Path(__file__).relative_to(PROJECT).as_posix()


class Both:
    """What both kinds of test of somebody's own do."""

    def fill(self) -> User:
        user = make_user("Ada", credits=5)
        Dataset.objects.create(owner=user, name="Hers", slug="hers", embedding_dimension=4)
        return user

    def look(self) -> None:
        assert User.objects.count() == Dataset.objects.count() == CreditTransaction.objects.count() == 0
        assert get_balance(self.fill()).credits == 5

    def test_one_finds_nothing_of_the_other(self) -> None:
        self.look()

    def test_nor_does_the_other(self) -> None:
        self.look()


class InATransaction(Both, TestCase):
    databases = "__all__"


class Committed(Both, TransactionTestCase):
    databases = "__all__"

    def test_the_ledger_keeps_its_rows_all_the_same(self) -> None:
        self.fill()
        with (
            pytest.raises(IntegrityError, match="never changed or deleted"),
            transaction.atomic(using=settings.AUTH_DB),
        ):
            connections[settings.AUTH_DB].cursor().execute("DELETE FROM credit_transactions")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("", ""),
        ("tests", "tests"),
        ("tests.credits", "tests/credits"),
        ("tests.credits.test_charge", "tests/credits/test_charge.py"),
        ("tests.credits.test_charge.test_one", "tests/credits/test_charge.py::test_one"),
        ("tests.project.test_shell.TestIt.test_one", "tests/project/test_shell.py::TestIt::test_one"),
        ("tests/credits/test_charge.py::test_one", "tests/credits/test_charge.py::test_one"),
        ("nowhere.at.all", "nowhere.at.all"),
        ("--failfast --keepdb --noinput", "-x --reuse-db"),
        ("-v 2 tests", "-v tests"),
        ("--verbosity=0", "-q"),
        ("--parallel", "-n auto"),
        ("--parallel 3 tests", "-n 3 tests"),
        ("--parallel=4", "-n 4"),
        ("-k refund -n 2 --create-db", "-k refund -n 2 --create-db"),
        ("--tag chaos", "-m chaos"),
    ],
)
def test_what_is_written_for_djangos_runner_is_told_pytest(written: str, meant: str) -> None:
    assert tests.as_pytest(written.split()) == meant.split()


def test_what_is_not_to_run_is_told_in_its_words() -> None:
    assert tests.as_pytest(["--exclude-tag", "chaos"]) == ["-m", "not chaos"]


def test_without_pytest_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tests.importlib.util, "find_spec", lambda name: None)

    with pytest.raises(SystemExit, match=r"pip install -r requirements-dev\.txt"):
        tests.replace_by_pytest([])


@pytest.mark.skipif(connections["default"].vendor != "sqlite", reason="is about runs that choose SQLite by themselves")
@pytest.mark.parametrize(
    "command",
    [
        ["manage.py", "test", "tests.credits.test_opening", "--parallel", "2"],
        ["-m", "pytest", "-n0", "--no-migrations", "tests/credits/test_append_only.py", HERE],
        ["-m", "pytest", "-n0", "--reuse-db", "tests/credits/test_opening.py"],
    ],
    ids=["manage.py test", "--no-migrations", "--reuse-db"],
)
def test_every_way_to_start_them_works(command: list[str]) -> None:
    # Of a shell in which nothing of ours is set: no secret, no URL, no `.env`.
    environment: Any = {"PATH": "/usr/bin:/bin", "HOME": "/nonexistent"}

    ran = subprocess.run(
        [sys.executable, *command, "-k", RECURSION], cwd=PROJECT, env=environment, capture_output=True, text=True
    )

    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert " passed" in ran.stdout


# They would start themselves.
RECURSION = "not every_way and not taken_down"


@pytest.mark.django_db(databases="__all__")
def test_the_page_s_example_passes(alice: User, dataset: dict[str, Any], api_key: str) -> None:
    page = (PROJECT / "docs/testing.md").read_text()
    code = page.partition("```python\n")[2].partition("```")[0]
    written: dict[str, Any] = {}

    exec(code, written)
    written["test_a_charge_is_seen_at_once"](alice, dataset)

    assert api_key.startswith("fltr_sk_")


@pytest.mark.parametrize("name", ["alice", "make_user", "client_for", "dataset", "api_key", "memory_vectors"])
def test_the_page_s_fixtures_are_there(name: str, request: pytest.FixtureRequest) -> None:
    assert request._fixturemanager.getfixturedefs(name, request.node)
    assert f"`{name}" in (PROJECT / "docs/testing.md").read_text()
