"""Is everything that is there paid for, and everything that was paid for there?"""

import json
from dataclasses import asdict
from typing import Any

from django.core.management.base import CommandError, CommandParser

from authbridge.shared.commands import OperatorCommand
from datasets.services.crossing import Crossing, plan, settle, verify_crossing

ADVICE = (
    "One database may be an older copy than the other. manage.py verify_crossing --settle gives back what came to"
    " nothing and charges what is there, and says each before; with --forgive what is there stays for nothing."
)


class Command(OperatorCommand):
    """Can run beside traffic at any time; without --settle it changes nothing."""

    help = (
        "Match charges in the ledger with documents and datasets, both ways; print every difference with its ids, and"
        " exit with 1 if any is left. To be run after any restore."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object instead of sentences")
        parser.add_argument(
            "--settle", action="store_true", help="give back what came to nothing, charge what is there"
        )
        parser.add_argument(
            "--forgive", action="store_true", help="with --settle: charge nothing, leave it for nothing"
        )

    def handle(self, *args: Any, settle: bool, forgive: bool, **options: Any) -> None:
        if (forgive and not settle) or (settle and options["json"]):
            raise CommandError(
                "--forgive goes with --settle, and --settle tells what it does in sentences, not in JSON."
            )
        found = verify_crossing()
        if options["json"]:
            self.stdout.write(as_json(found))
            left = len(found.differences)
        else:
            left = self.go_over(found, settles=settle, forgive=forgive)
        if left:
            raise SystemExit(1)

    def go_over(self, found: Crossing, *, settles: bool, forgive: bool) -> int:
        """Print each difference and, if wished, settle it; return how many are left."""
        left = len(found.differences)
        for difference in found.differences:
            self.stdout.write(difference.message)
            if settles:
                self.stdout.write(f"  {plan(difference, forgive=forgive)}")
                self.stdout.flush()
                outcome = settle(difference, forgive=forgive)
                self.stdout.write(f"  {outcome.message}")
                left -= outcome.is_settled
        self.stdout.write(conclusion(found, left))
        if found.differences and not settles:
            self.stdout.write(ADVICE)
        return left


def conclusion(found: Crossing, left: int) -> str:
    """Say how much was looked at, and what is left."""
    looked_at = f"Checked: {found.payables} documents and datasets, {found.charges} charges"
    since = f" since {found.since:%Y-%m-%d %H:%M} UTC" if found.since else ""
    result = f"Differences: {left}." if left else "What is there is paid for, and what was paid for is there."
    return f"{looked_at}{since}.\n{result}"


def as_json(found: Crossing) -> str:
    """Write what was found for programs."""
    body = {**asdict(found), "since": found.since and found.since.isoformat()}
    return json.dumps({"ok": not found.differences, **body}, default=str)
