"""The audit trail as a file."""

from datetime import date
from typing import Any

from django.core.management.base import CommandError, CommandParser

from authbridge.shared.commands import OperatorCommand
from credits.renderers import csv_parts
from credits.selectors.audit import AUDIT_COLUMNS, audit_rows


class Command(OperatorCommand):
    """Writes while it reads, so that it needs no memory for a long trail."""

    help = "Write the audit trail, or that of some UTC days, to standard output as CSV, newest first."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--since", help="the first day, like 2026-01-01")
        parser.add_argument("--until", help="the last day, like 2026-01-31")

    def handle(self, *args: Any, since: str | None, until: str | None, **options: Any) -> None:
        first, last = day(since), day(until)
        if first and last and last < first:
            raise CommandError(f"{last} is before {first}: give the earlier day to --since.")
        for part in csv_parts(AUDIT_COLUMNS, audit_rows(since=first, until=last)):
            self.stdout.write(part, ending="")


def day(text: str | None) -> date | None:
    """Read a day."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise CommandError(f"{text} is no day: write it like 2026-01-31.") from error
