"""Is every credit accounted for?"""

import json
from dataclasses import asdict
from typing import Any

from django.core.management.base import CommandParser

from authbridge.shared.commands import OperatorCommand
from credits.verification import Verification, verify

# Rule 2: balances that their rows do not add up to.
EXPLAINABLE = 2
ADVICE = (
    "Nobody but the ledger may write balances and rows. Where it is known what happened, this writes the row that was"
    ' missing, and moves nothing: manage.py explain_balance USER --reason "…" (with --type for a key or a team).'
)


class Command(OperatorCommand):
    """Changes nothing, and can run beside traffic at any time."""

    help = "Check the money rules over the whole ledger; print every account that disagrees, and exit with 1 if any."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object instead of sentences")

    def handle(self, *args: Any, **options: Any) -> None:
        found = verify()
        self.stdout.write(as_json(found) if options["json"] else as_text(found))
        if found.problems:
            raise SystemExit(1)


def as_json(found: Verification) -> str:
    """Write what was found for programs."""
    return json.dumps({"ok": not found.problems, **asdict(found)})


def as_text(found: Verification) -> str:
    """Write what was found for people."""
    lines = [f"Rule {problem.rule}: {problem.message}" for problem in found.problems]
    if any(problem.rule == EXPLAINABLE for problem in found.problems):
        lines.append(ADVICE)
    lines.append(f"Checked: {found.rows} rows, {found.accounts} accounts.")
    if found.unopened:
        lines.append(f"With credits from before their first row, which will explain them: {found.unopened}.")
    lines.append(f"Problems: {len(found.problems)}." if found.problems else "The money rules hold.")
    return "\n".join(lines)
