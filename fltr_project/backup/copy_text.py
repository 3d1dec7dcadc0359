"""The form of a table in a backup: PostgreSQL's COPY text, which that reads and writes by itself, and SQLite's values.

A line a row, a tab between columns, times in UTC, ids with hyphens, t and f. So a backup of one kind of database goes
into the other.
"""

import re
import uuid
from collections.abc import Callable
from datetime import UTC
from typing import Any

from django.utils.dateparse import parse_datetime

NULL = r"\N"
ESCAPED = {"\\": r"\\", "\b": r"\b", "\f": r"\f", "\n": r"\n", "\r": r"\r", "\t": r"\t", "\v": r"\v"}
ESCAPES = str.maketrans(ESCAPED)
UNESCAPED = {written[1]: meant for meant, written in ESCAPED.items()}
ESCAPE = re.compile(r"\\(.)", re.DOTALL)
# As Django keeps UUIDs in SQLite, and nothing else.
UUID_COLUMN = "char(32)"


def line(values: list[str | None]) -> str:
    """Return a row."""
    return "\t".join(NULL if value is None else value.translate(ESCAPES) for value in values) + "\n"


def values(line: str) -> list[str | None]:
    """Return what a row holds."""
    return [None if part == NULL else unescaped(part) for part in line.removesuffix("\n").split("\t")]


def unescaped(part: str) -> str:
    """Return a text as it was."""
    return ESCAPE.sub(lambda found: UNESCAPED.get(found[1], found[1]), part) if "\\" in part else part


def as_hyphenated(value: Any) -> str:
    """Write a UUID's 32 digits as everybody else does."""
    return str(uuid.UUID(str(value)))


def as_moment(value: Any) -> str:
    """Write a time with its zone: without one it is UTC, by agreement."""
    moment = parse_datetime(str(value))
    return str(value) if moment is None else (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).isoformat(" ")


def as_plain(value: Any) -> str:
    """Write a number, a text or bytes."""
    return rf"\x{value.hex()}" if isinstance(value, bytes) else str(value)


def moment_of(text: str) -> str:
    """Return a time as SQLite's columns hold it, in UTC and without saying so."""
    moment = parse_datetime(text)
    return text if moment is None else str((moment.astimezone(UTC) if moment.tzinfo else moment).replace(tzinfo=None))


WRITERS: dict[str, Callable[[Any], str]] = {
    "bool": lambda value: "t" if value else "f",
    "boolean": lambda value: "t" if value else "f",
    UUID_COLUMN: as_hyphenated,
    "datetime": as_moment,
    "timestamp": as_moment,
}
READERS: dict[str, Callable[[str], Any]] = {
    "bool": lambda text: int(text == "t"),
    "boolean": lambda text: int(text == "t"),
    UUID_COLUMN: lambda text: uuid.UUID(text).hex,
    "datetime": moment_of,
    "timestamp": moment_of,
    "integer": int,
    "integer unsigned": int,
    "bigint": int,
    "bigint unsigned": int,
    "smallint": int,
    "smallint unsigned": int,
    "real": float,
    "blob": lambda text: bytes.fromhex(text.removeprefix(r"\x")),
}


def writer_of(type: str) -> Callable[[Any], str]:
    """Return what writes the values of a column of this type of SQLite's."""
    return WRITERS.get(type.lower(), as_plain)


def reader_of(type: str) -> Callable[[str], Any]:
    """Return what reads them."""
    return READERS.get(type.lower(), str)
