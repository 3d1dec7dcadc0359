"""Is every credit accounted for?"""

import json
from dataclasses import asdict
from typing import Any

from django.core.management.base import CommandParser

from authbridge.shared.commands import OperatorCommand
from credits.proof.queries import Problem
from credits.proof.verification import Verification, verify

# Rule 2: balances that their rows do not add up to.
EXPLAINABLE = 2
ADVICE = {
    EXPLAINABLE: "Nobody but the ledger may write balances and rows. Where it is known what happened, this writes the"
    ' row that was missing, and moves nothing: manage.py explain_balance USER --reason "…" (with --type for a key or a'
    " team).",
    None: "Rows are what counts. This adds them up anew: manage.py recount_ledger",
}


class Command(OperatorCommand):
    """Keeps only how far all is well, and can run beside traffic at any time."""

    help = (
        "Check the money rules over the ledger; print every account that disagrees, and exit with 1 if any. Of very"
        " many rows those that an earlier run found right are not read again."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object instead of sentences")
        parser.add_argument("--all", action="store_true", help="read every row, whatever was verified before")

    def handle(self, *args: Any, **options: Any) -> None:
        found = verify(everything=options["all"])
        self.stdout.write(as_json(found) if options["json"] else as_text(found))
        if found.problems:
            raise SystemExit(1)


def as_json(found: Verification) -> str:
    """Write what was found for programs."""
    return json.dumps({"ok": not found.problems, **asdict(found), "since": found.since and found.since.isoformat()})


def as_text(found: Verification) -> str:
    """Write what was found for people."""
    lines = [sentence(problem) for problem in found.problems]
    rules = {problem.rule for problem in found.problems}
    lines += [advice for rule, advice in ADVICE.items() if rule in rules]
    lines.append(f"Checked: {found.rows} rows, {found.accounts} accounts.")
    if found.since:
        lines.append(f"Of rows from before {found.since:%Y-%m-%d}, which were right last time, only the totals: --all.")
    if found.unopened:
        lines.append(f"With credits from before their first row, which will explain them: {found.unopened}.")
    lines.append(f"Problems: {len(found.problems)}." if found.problems else "The money rules hold.")
    return "\n".join(lines)


def sentence(problem: Problem) -> str:
    """Write one problem."""
    return f"Rule {problem.rule}: {problem.message}" if problem.rule else problem.message
