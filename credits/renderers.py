"""Ledger rows as a file for spreadsheets."""

import csv
import io
import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import StreamingHttpResponse
from rest_framework.renderers import BaseRenderer

# What a spreadsheet would run: the ASCII signs, their full-width twins, and white space that it skips before them.
FORMULA_STARTS = tuple("=+-@＝＋－＠\t\r\n")
ROWS_A_PART = 500


class CsvRenderer(BaseRenderer):
    """Stands for text/csv where DRF chooses how to answer; `csv_file` writes the answer."""

    media_type = "text/csv"
    format = "csv"

    def render(self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None) -> bytes:
        """Never asked: files are streamed, and errors are JSON."""
        raise NotImplementedError("Answer with csv_file().")


def csv_file(name: str, columns: Iterable[str], rows: Iterable[Iterable[Any]]) -> StreamingHttpResponse:
    """Answer with a file, written while its rows are read."""
    answer = StreamingHttpResponse(csv_parts(columns, rows), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def csv_parts(columns: Iterable[str], rows: Iterable[Iterable[Any]]) -> Iterator[str]:
    """Yield the file in parts of some hundred rows."""
    part = io.StringIO()
    writer = csv.writer(part)
    writer.writerow(columns)
    for number, row in enumerate(rows, start=1):
        writer.writerow([cell(value) for value in row])
        if number % ROWS_A_PART == 0:
            yield part.getvalue()
            part.seek(0)
            part.truncate()
    yield part.getvalue()


def cell(value: Any) -> Any:
    """Write one value: numbers stay numbers, and no text can be taken for a formula."""
    if value is None or isinstance(value, int):
        return value
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    text = str(value) if isinstance(value, str | UUID) else json.dumps(value, ensure_ascii=False)
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text
