"""How is this instance?"""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from authbridge.shared.findings import Finding, Level
from authbridge.shared.terminal import harmless
from fltr_project.status.gathering import gather
from fltr_project.status.showing import INDENT, as_data, lines, summary
from fltr_project.status.tree import Examination

PARTS_TIMEOUT_S, DOCTOR_TIMEOUT_S = 4.0, 20.0


class Command(BaseCommand):
    """Changes nothing, and can run beside traffic at any time, also while things are down."""

    help = "Show on one screen how this instance is; exit with 1 unless the doctor has finished and nothing is red."
    # It is there to say what those checks complain about, so they must not stop it.
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object instead of a page")

    def handle(self, *args: Any, **options: Any) -> None:
        status = gather(timeout_s=PARTS_TIMEOUT_S, doctor_timeout_s=DOCTOR_TIMEOUT_S)
        if options["json"]:
            self.stdout.write(json.dumps(as_data(status)))
        else:
            self.stdout.write("\n".join(lines(status)))
            self.write_examination(status.examination)
        if not status.examination.is_well:
            raise SystemExit(1)

    def write_examination(self, examination: Examination) -> None:
        """Write what is red and yellow, and count the rest."""
        self.stdout.write("\nThe doctor's findings")
        for finding in examination.grave:
            self.write_finding(finding)
        if examination.problem:
            self.stdout.write(f"  {harmless(examination.problem)}")
        self.stdout.write(f"  {summary(examination)}")

    def write_finding(self, finding: Finding) -> None:
        """Write one line, and below it what to do. Ids and names in it may be anybody's text."""
        paint = self.style.ERROR if finding.level is Level.RED else self.style.WARNING
        self.stdout.write(f"  {paint(f'{finding.level:6}')}  {harmless(finding.message)}")
        if finding.advice:
            self.stdout.write(f"{INDENT}-> {harmless(finding.advice)}")
