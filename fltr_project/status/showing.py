"""The status for people in a terminal, and for programs."""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.template.defaultfilters import filesizeformat

from authbridge.shared.findings import Level
from authbridge.shared.terminal import harmless
from fltr_project.status.tree import Examination, Part, Status

LABEL_WIDTH = 34
INDENT = " " * 10


def as_data(status: Status) -> dict[str, Any]:
    """Return the status for programs; docs/operations.md names the keys, which stay."""
    examination = status.examination
    return {
        "at": plain(status.at),
        "ok": examination.is_well,
        "parts": {part.key: data_of(part) for part in status.parts},
        "doctor": {
            "finished_at": plain(examination.finished_at),
            "problem": examination.problem,
            **{level.value: examination.count(level) for level in Level},
            "findings": [asdict(finding) for finding in examination.grave],
        },
    }


def data_of(part: Part) -> dict[str, Any]:
    """Return one part for programs."""
    return {**{fact.key: plain(fact.value) for fact in part.facts}, "problem": part.problem}


def plain(value: Any) -> Any:
    """Return a value as JSON has it."""
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    return {key: plain(each) for key, each in value.items()} if isinstance(value, dict) else value


def lines(status: Status) -> Iterator[str]:
    """Yield the status for people, without the findings."""
    yield f"FLTR's status, {told(status.at)}"
    for part in status.parts:
        yield f"\n{part.title}"
        for fact in part.facts:
            yield f"  {fact.label:{LABEL_WIDTH}}  {harmless(in_words(fact.key, fact.value))}"
        if part.problem:
            yield f"  Cannot be told: {harmless(part.problem)}"


def summary(examination: Examination) -> str:
    """Count the findings."""
    return ", ".join(f"{examination.count(level)} {level}" for level in Level) + "."


def in_words(key: str, value: Any) -> str:
    """Write a fact's value for people."""
    return str(filesizeformat(value)).replace("\xa0", " ") if key.endswith("_bytes") else told(value)


def told(value: Any) -> str:
    """Write a value for people."""
    if value is None or value in ("", {}):
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M} UTC"
    if isinstance(value, dict):
        return "; ".join(f"{key}: {told(each)}" for key, each in value.items() if each not in (None, "")) or "-"
    return str(value)
