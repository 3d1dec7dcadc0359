"""Is everything where and as it should be?"""

import json
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from authbridge.shared.findings import Finding, Level
from authbridge.shared.terminal import harmless
from fltr_project.doctor import Section, count, examine

INDENT = " " * 10


class Command(BaseCommand):
    """Changes nothing, and can run beside traffic at any time."""

    help = "Examine databases, tables, vector store, storage and settings; exit with 1 if anything is red."
    # It is there to say what those checks complain about, so they must not stop it.
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object instead of a page")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["json"]:
            sections = list(examine())
            self.stdout.write(as_json(sections))
        else:
            sections = self.write_page()
        if count(sections, Level.RED):
            raise SystemExit(1)

    def write_page(self) -> list[Section]:
        """Write each section as soon as it is known: one that waits for a server should not hide the others."""
        self.stdout.write(f"FLTR's doctor, {datetime.now(UTC):%Y-%m-%d %H:%M} UTC")
        sections = []
        for section in examine():
            sections.append(section)
            self.stdout.write(f"\n{section.title}")
            for finding in section.findings:
                self.write_finding(finding)
            self.stdout.flush()
        self.stdout.write("\n" + ", ".join(f"{count(sections, level)} {level}" for level in Level) + ".")
        return sections

    def write_finding(self, finding: Finding) -> None:
        """Write one line, and below it what to do. Ids and names in it may be anybody's text."""
        paint = {Level.GREEN: self.style.SUCCESS, Level.YELLOW: self.style.WARNING, Level.RED: self.style.ERROR}
        self.stdout.write(f"  {paint[finding.level](f'{finding.level:6}')}  {harmless(finding.message)}")
        if finding.advice:
            self.stdout.write(f"{INDENT}-> {harmless(finding.advice)}")


def as_json(sections: list[Section]) -> str:
    """Write what was found for programs."""
    findings = [{"section": section.title, **asdict(each)} for section in sections for each in section.findings]
    return json.dumps({"ok": not count(sections, Level.RED), "findings": findings})
