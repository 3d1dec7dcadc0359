"""Tables as Markdown, one row a line."""

from collections.abc import Iterable, Iterator, Sequence


def render_table(rows: Iterable[Sequence[str]]) -> str:
    """Render rows of one-line cells; the first is taken for the header, rows without any text are left out."""
    return "\n".join(_lines(row for row in rows if any(row)))


def _lines(rows: Iterator[Sequence[str]]) -> Iterator[str]:
    for number, row in enumerate(rows):
        yield f"| {' | '.join(row)} |"
        if number == 0:
            yield "|" + " --- |" * len(row)
