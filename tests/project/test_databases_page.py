"""The quick queries of docs/databases.md run as they stand, on every shape of databases."""

import re
import shlex
from pathlib import Path

import pytest
from django.core.management import call_command

PROJECT = Path(__file__).parents[2]
PAGE = PROJECT / "docs" / "databases.md"
INTEROP = PROJECT / "tests" / "interop"
COMMAND = re.compile(r"^\.venv/bin/python manage\.py (.+?)(?:\s+# .*)?$", re.MULTILINE)

pytestmark = pytest.mark.django_db(databases="__all__")


def quick_queries() -> list[str]:
    section = PAGE.read_text().partition("\n## Quick queries\n")[2]
    return COMMAND.findall(section.partition("```sh")[2].partition("```")[0])


@pytest.mark.parametrize("command", quick_queries())
def test_a_quick_query_runs_and_answers(make_user, capsys, command):
    make_user("Alice", email="alice@example.com")

    call_command(*shlex.split(command))

    written = capsys.readouterr()
    assert written.out.strip() or "unfinished" in command or "Dataset.objects" in command
    assert not written.err


def test_there_are_quick_queries_about_people_money_and_datasets():
    commands = " ".join(quick_queries())

    assert all(word in commands for word in ("show_user", "User.objects", "CreditTransaction", "Dataset"))


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("test_roles.py", r"GRANT .*? TO \w+"),
        ("site/drizzle.push.config.mjs", r"\w+: \[.*\],"),
        ("site/foreign-sequences.mjs", r"(?:import|export) .*;"),
        ("test_push.py", r"options=-csearch_path%3Dfltr,public"),
    ],
)
def test_what_is_advised_beside_drizzle_is_what_is_tried(source, lines):
    tried = re.findall(lines, (INTEROP / source).read_text())

    assert tried
    assert [line for line in tried if line not in PAGE.read_text()] == []
