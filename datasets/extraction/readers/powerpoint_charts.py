"""The data of a chart as a table: a row a category, a column a series."""

from collections.abc import Iterator
from itertools import zip_longest
from xml.etree.ElementTree import Element

from datasets.extraction.readers.markdown_table import render_table
from datasets.extraction.readers.office_parts import child, descendants

# More points than this are a drawing, not data that anybody looks up.
MOST_POINTS = 1000


def read_chart(root: Element) -> str:
    """Render a chart's title and values."""
    title = "".join(text.text or "" for heading in descendants(root, "title") for text in descendants(heading, "t"))
    series = list(descendants(root, "ser"))
    names = [" ".join(_values(child(each, "tx"))) for each in series]
    categories = next((values for each in series if (values := _axis(each, "cat", "xVal"))), [])
    columns = [_axis(each, "val", "yVal") for each in series]
    rows = zip_longest(categories, *columns, fillvalue="")
    table = render_table([["", *names], *(list(row) for row in rows)])
    return "\n\n".join(filter(None, (" ".join(title.split()), table)))


def _axis(series: Element, *names: str) -> list[str]:
    return [value for name in names for value in _values(child(series, name))][:MOST_POINTS]


def _values(element: Element | None) -> Iterator[str]:
    if element is not None:
        yield from (value.text or "" for value in descendants(element, "v"))
