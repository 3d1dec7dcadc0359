"""CSV and TSV, in whatever dialect."""

import csv
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from datasets.extraction.base import Extraction, Kind
from datasets.extraction.cleaning import tidy_text
from datasets.extraction.encodings import read_text
from datasets.extraction.readers.table_rows import one_line, render_rows

# In a larger file, names repeated in every row would be most of the text.
_LARGE_CHARS = 10_000_000
_SAMPLE_LINES = 50
_DELIMITERS = ",;\t|"


def read(path: Path, kind: Kind) -> Extraction:
    """Read a table of delimited values."""
    text = read_text(path)
    csv.field_size_limit(sys.maxsize)  # A quote that is never closed makes one field of the rest; no reason to fail.
    rows = _rows(text, "\t" if kind.name == "tsv" else _guess_delimiter(text))
    is_large = len(text) > _LARGE_CHARS
    lines = (" | ".join(filter(None, row)) for row in rows) if is_large else render_rows(rows)
    return Extraction(tidy_text("\n".join(lines)), kind.mime_type)


def _rows(text: str, delimiter: str) -> Iterator[list[str]]:
    for row in csv.reader(text.splitlines(keepends=True), delimiter=delimiter, skipinitialspace=True):
        yield [one_line(value) for value in row]


def _guess_delimiter(text: str) -> str:
    """Find the delimiter that cuts most of the first lines into the same number of fields."""
    lines = text[:100_000].splitlines()[:_SAMPLE_LINES]
    return max(_DELIMITERS, key=lambda delimiter: _regularity(lines, delimiter))


def _regularity(lines: list[str], delimiter: str) -> tuple[int, int]:
    widths = Counter(len(row) for row in csv.reader(lines, delimiter=delimiter) if len(row) > 1)
    width, rows = max(widths.items(), key=lambda item: (item[1], item[0]), default=(0, 0))
    return rows, width
