"""Workbooks to lines that can be found by themselves."""

import datetime as dt
import io

import openpyxl
import pytest

from datasets.extraction.readers import excel
from tests.datasets.extraction.conftest import Extracted, Refused
from tests.datasets.extraction.files import workbook_file


def saved(**sheets: list[list[object]]) -> bytes:
    workbook = openpyxl.Workbook()
    workbook.remove(workbook.active)
    for name, rows in sheets.items():
        sheet = workbook.create_sheet(name)
        for row in rows:
            sheet.append(row)
    content = io.BytesIO()
    workbook.save(content)
    return content.getvalue()


def test_each_value_stands_with_the_name_of_its_column(extracted: Extracted) -> None:
    extraction = extracted(saved(People=[["Name", "City"], ["Ann", "Paris"], ["Bob", None]]), "a.xlsx")

    assert extraction.text == "# People\n\nName | City\nName: Ann; City: Paris\nName: Bob"


def test_sheets_are_pages(extracted: Extracted) -> None:
    extraction = extracted(saved(One=[["a"]], Nothing=[], Two=[["b"]]), "a.xlsx")

    assert [extraction.text[page.start : page.end] for page in extraction.pages] == ["# One\n\na", "", "# Two\n\nb"]


def test_tables_one_below_the_other_have_their_own_names(extracted: Extracted) -> None:
    rows = [["Report"], [], ["Month", "Sales"], ["Jan", 10], [], [], ["Region", "Staff"], ["North", 7]]

    assert extracted(saved(S=rows), "a.xlsx").text == (
        "# S\n\nReport\n\nMonth | Sales\nMonth: Jan; Sales: 10\n\nRegion | Staff\nRegion: North; Staff: 7"
    )


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1000.0, "1000"),
        (0.1 + 0.2, "0.3"),
        (True, "TRUE"),
        (dt.date(2025, 3, 1), "2025-03-01"),
        (dt.datetime.combine(dt.date(2025, 3, 1), dt.time(9, 30)), "2025-03-01 09:30:00"),
        ("two\nlines", "two lines"),
    ],
)
def test_values_read_as_people_write_them(extracted: Extracted, value: object, text: str) -> None:
    assert extracted(saved(S=[[value, "x"]]), "a.xlsx").text == f"# S\n\n{text} | x"


def test_a_declared_size_of_a_million_empty_rows_costs_nothing(extracted: Extracted) -> None:
    first = '<row r="1"><c r="A1"><v>5</v></c></row>'
    last = '<row r="1048576"><c r="A1048576"><v>7</v></c></row>'

    assert extracted(workbook_file(first + last), "a.xlsx").text == "# Data\n\n5\n\n7"


def test_a_row_number_beyond_the_last_ends_the_sheet(extracted: Extracted) -> None:
    beyond = '<row r="99999999999999"><c r="A99999999999999"><v>7</v></c></row>'

    assert extracted(workbook_file(f'<row r="1"><c r="A1"><v>5</v></c></row>{beyond}'), "a.xlsx").text == "# Data\n\n5"


def test_cells_far_to_the_right_in_every_row_are_refused(refused: Refused, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(excel, "_MOST_CELLS", 100_000)
    rows = "".join(f'<row r="{at}"><c r="XFD{at}"><v>1</v></c></row>' for at in range(1, 10))

    assert refused(workbook_file(rows), "a.xlsx") == "expands_too_far"


def test_an_empty_workbook_is_empty(refused: Refused) -> None:
    assert refused(saved(S=[]), "a.xlsx") == "empty_document"
