"""Rows of cells as lines that can be found by themselves: each value with the name of its column."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

_VALUE = re.compile(r"[-+(]?[$€£¥]?\s?\d[\d\s.,:/()%-]*[€%]?$|true$|false$|https?://|\S+@\S+\.\w+$", re.IGNORECASE)

_YEAR = re.compile(r"(19|20)\d\d$")

Row = Sequence[str]


class _Header(NamedTuple):
    names: Row

    def apply(self, row: Row) -> str:
        """Name the values of a row; a cell beyond the last name stands alone."""
        pairs = ((self.names[at] if at < len(self.names) else "", value) for at, value in enumerate(row) if value)
        return "; ".join(f"{name}: {value}" if name else value for name, value in pairs)


def render_rows(rows: Iterator[Row]) -> Iterator[str]:
    """Render a table with a header, tables one below the other, or rows that are no table.

    A row of mere words is taken for a header where a table may begin: at the top, or after a gap if values follow it.
    """
    header: _Header | None = None
    may_begin = True
    for row, following in _with_next(rows):
        if not any(row):
            may_begin = True
            yield ""
        elif may_begin and _is_header(row, following, is_first=header is None):
            header, may_begin = _Header(row), False
            yield " | ".join(filter(None, row))
        else:
            may_begin = may_begin and sum(map(bool, row)) < 2
            yield header.apply(row) if header else " | ".join(filter(None, row))


def one_line(value: str) -> str:
    """Put a cell on one line."""
    return " ".join(value.split())


def _with_next(rows: Iterator[Row]) -> Iterator[tuple[Row, Row]]:
    current = next(rows, None)
    while current is not None:
        following = next(rows, None)
        yield current, following or ()
        current = following


def _is_header(row: Row, following: Row, *, is_first: bool) -> bool:
    names = [name for name in row if name]
    if len(names) < 2 or len(set(names)) < len(names) or not any(following):
        return False
    values = [name for name in names if _VALUE.match(name)]
    are_years = len(values) > 1 and all(map(_YEAR.match, values))
    return (not values or are_years) and (is_first or any(map(_VALUE.match, following)))
