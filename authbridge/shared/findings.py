"""What an examination finds: one line, how bad it is, and what to do about it."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """Green is as it should be, yellow works but somebody should look, red does not work or will not for long."""

    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the doctor's page. `check` names what was looked at, for programs."""

    check: str
    level: Level
    message: str
    advice: str = ""


def green(check: str, message: str) -> Finding:
    """It is as it should be."""
    return Finding(check, Level.GREEN, message)


def yellow(check: str, message: str, advice: str = "") -> Finding:
    """It works, but somebody should look at it."""
    return Finding(check, Level.YELLOW, message, advice)


def red(check: str, message: str, advice: str) -> Finding:
    """It does not work; `advice` says what to do."""
    return Finding(check, Level.RED, message, advice)


def run_in(place: str, sql: str, by: str = "") -> str:
    """Advise SQL, and say in which database it is meant; `by` whom, where that may be somebody else."""
    return f"In {place}, as {by}: {sql};" if by else f"In {place}: {sql};"


def some(names: Iterable[object], most: int = 5) -> str:
    """List names, the first few of many."""
    listed = [str(name) for name in names]
    more = f" and {len(listed) - most} more" if len(listed) > most else ""
    return ", ".join(listed[:most]) + more
