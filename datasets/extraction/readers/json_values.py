"""JSON and JSON Lines as `path: value` lines, a paragraph a record, in real characters instead of escapes."""

import json
from collections.abc import Iterable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

from datasets.extraction.base import Extraction, Kind
from datasets.extraction.cleaning import MAX_TEXT_CHARS, tidy_text
from datasets.extraction.encodings import read_text

# The paths of deeply nested values can be most of the text; above this growth it stays as it came.
_MOST_GROWTH = 5
_LONGEST_PATH = 300


def read(path: Path, kind: Kind) -> Extraction:
    """Read JSON; what only looks like it (comments, a cut end) is kept as plain text."""
    source = read_text(path)
    records = _parse(source)
    text = None if records is None else _render(records, min(_MOST_GROWTH * len(source) + 1000, MAX_TEXT_CHARS))
    return Extraction(source.rstrip() if text is None else tidy_text(text), kind.mime_type)


def parse_json(text: str) -> Any:
    """Parse JSON, numbers kept as they are written; `ValueError` also for what is nested too deep."""
    try:
        return json.loads(text, parse_int=str, parse_float=str, parse_constant=str, strict=False)
    except RecursionError as error:
        raise ValueError("Nested too deep.") from error


def _parse(source: str) -> list[Any] | None:
    """Parse a document into its records, or each line as a record of its own."""
    try:
        value = parse_json(source)
    except ValueError:
        return _parse_lines(source)
    return value if isinstance(value, list) else [value]


def _parse_lines(source: str) -> list[Any] | None:
    try:
        return [parse_json(line) for line in source.split("\n") if line.strip()]
    except ValueError:
        return None


def _render(records: list[Any], most_chars: int) -> str | None:
    lines: list[str] = []
    for record in records:
        for line in _lines(record):
            lines.append(line)
            most_chars -= len(line)
            if most_chars < 0:
                return None
        if isinstance(record, dict | list):
            lines.append("")
    return "\n".join(lines)


def _lines(record: Any) -> Iterator[str]:
    """Walk a record with a stack of our own; a list of plain values is one line."""
    stack = [iter([("", record)])]
    while stack:
        path, value = next(stack[-1], (None, None))
        if path is None:
            stack.pop()
        elif isinstance(value, dict):
            stack.append(_name(f"{path}." if path else "", value, value.values()))
        elif isinstance(value, list) and any(isinstance(inner, dict | list) for inner in value):
            stack.append(_name(path, map("[{}]".format, count()), value))
        elif text := _write(value):
            yield f"{path}: {text}" if path else text


def _name(prefix: str, steps: Iterable[str], values: Iterable[Any]) -> Iterator[tuple[str, Any]]:
    """Name each value by its path, the end of it where a hostile file makes it long."""
    return ((f"{prefix}{step}"[-_LONGEST_PATH:], value) for step, value in zip(steps, values, strict=False))


def _write(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case list():
            return ", ".join(filter(None, map(_write, value)))
        case _:
            return str(value)
