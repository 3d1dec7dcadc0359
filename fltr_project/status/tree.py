"""What there is to tell: parts with facts, what could not be told, and the doctor's findings."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from authbridge.shared.findings import Finding, Level


@dataclass(frozen=True, slots=True)
class Fact:
    """One line. `key` and `value` are for programs, `label` for people; None is not known, or never."""

    key: str
    label: str
    value: Any


@dataclass(frozen=True, slots=True)
class Part:
    """Some facts under a heading; `problem` says what kept them from being told, all or the rest of them."""

    key: str
    title: str
    facts: list[Fact]
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Examination:
    """What the doctor has found; `problem` says why that is not all."""

    findings: list[Finding]
    finished_at: datetime | None = None
    problem: str = ""

    def count(self, level: Level) -> int:
        """Count the findings of one level."""
        return sum(finding.level is level for finding in self.findings)

    @property
    def grave(self) -> list[Finding]:
        """What is red, and then what is yellow."""
        return [finding for level in (Level.RED, Level.YELLOW) for finding in self.findings if finding.level is level]

    @property
    def is_well(self) -> bool:
        """Whether everything was examined and nothing is red."""
        return not self.problem and not self.count(Level.RED)


@dataclass(frozen=True, slots=True)
class Status:
    """All of it, at one moment."""

    at: datetime
    parts: list[Part]
    examination: Examination
