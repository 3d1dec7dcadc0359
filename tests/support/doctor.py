"""What the doctor finds on the test databases, and how to make something for it to find."""

import re
from typing import Any

from django.conf import settings
from django.db import connections

from authbridge.shared.findings import Finding, Level
from fltr_project.doctor import examine


def findings(level: Level | None = None) -> list[Finding]:
    """Examine everything in this process, within the test's transactions; return what has this level, or all."""
    found = [finding for section in examine() for finding in section.findings]
    return [finding for finding in found if level in (None, finding.level)]


def found(check: str, level: Level) -> list[Finding]:
    """Return what one check has found of one level."""
    return [finding for finding in findings(level) if finding.check == check]


def the_red(check: str) -> Finding:
    """Return the one red finding there is, having seen that it is of this check and says what to do."""
    [finding] = findings(Level.RED)
    assert (finding.check, bool(finding.advice)) == (check, True), finding
    return finding


def the_yellow(check: str) -> Finding:
    """Return the one yellow finding of a check, having seen that nothing is red."""
    everything = findings()
    assert [finding for finding in everything if finding.level == Level.RED] == []
    [finding] = [finding for finding in everything if (finding.check, finding.level) == (check, Level.YELLOW)]
    return finding


def run_on(alias: str, *statements: str) -> None:
    """Run statements on one of the test databases."""
    with connections[alias].cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def run_on_auth(*statements: str) -> None:
    """Run statements on the user database."""
    run_on(settings.AUTH_DB, *statements)


def query(alias: str, sql: str) -> list[tuple[Any, ...]]:
    """Return the rows of a query."""
    with connections[alias].cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall()


def follow(advice: str) -> None:
    """Run the SQL of an advice in the database that it names."""
    found = re.search(r"In (fltr|fltr_auth)(?:, as [^:]+)?: (.+;)", advice)
    assert found, advice
    run_on("default" if found[1] == "fltr" else settings.AUTH_DB, found[2])
