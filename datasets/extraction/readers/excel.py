"""Excel workbooks, one page a sheet: its name, then its rows."""

import datetime as dt
import warnings
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from openpyxl import load_workbook
from openpyxl.worksheet._read_only import ReadOnlyWorksheet

from datasets.extraction.base import Extraction, ExtractionError, Kind
from datasets.extraction.cleaning import join_pages
from datasets.extraction.packages import open_package
from datasets.extraction.readers.office_parts import read_title
from datasets.extraction.readers.table_rows import one_line, render_rows

# Excel's own limit. A damaged file may claim more, and the rows between two numbers are all counted.
_MOST_ROWS = 1_048_576
# Cells, empty ones included, that take a few seconds; a single value far to the right makes a row of 16,384.
_MOST_CELLS = 20_000_000


def read(path: Path, kind: Kind) -> Extraction:
    """Read the values of a workbook; formulas count by the result that was saved with them."""
    package = open_package(path)
    title = read_title(package)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # About styles and extensions, which we have no use for.
        with closing(load_workbook(package, read_only=True, data_only=True)) as workbook:
            text, pages = join_pages(_read_sheet(sheet) for sheet in workbook.worksheets)
    return Extraction(text, kind.mime_type, pages=pages, title=title)


def _read_sheet(sheet: ReadOnlyWorksheet) -> str:
    lines = "\n".join(render_rows(_rows(sheet))).strip("\n")
    return f"# {sheet.title}\n\n{lines}" if lines else ""


def _rows(sheet: ReadOnlyWorksheet) -> Iterator[list[str]]:
    """Iterate over the rows that hold something, and one empty row for each gap between them."""
    sheet.reset_dimensions()  # The declared size is often wrong, and may be a million empty rows.
    cells = 0
    in_gap = True
    for row in sheet.iter_rows(max_row=_MOST_ROWS, values_only=True):
        cells += len(row)
        if cells > _MOST_CELLS:
            raise ExtractionError("expands_too_far", "A sheet has too many cells. Delete empty columns or split it.")
        values = [_format(value) for value in row]
        is_gap = not any(values)
        if not (is_gap and in_gap):
            yield values
        in_gap = is_gap


def _format(value: Any) -> str:
    """Write a cell as people read it: whole numbers without a point, midnight as a date."""
    match value:
        case None:
            return ""
        case bool():
            return str(value).upper()
        case float():
            return f"{value:.15g}"
        case dt.datetime() if value.time() == dt.time():
            return value.date().isoformat()
        case dt.datetime():
            return value.isoformat(" ", "seconds")
        case _:
            return one_line(str(value))
