"""PDF to text, page by page."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from pypdfium2 import PdfDocument

from datasets.extraction import extract
from datasets.extraction.readers import pdf
from tests.datasets.extraction.conftest import Extracted, Refused, Written
from tests.datasets.extraction.files import pdf_file

ENCRYPTION = f"/Encrypt << /Filter /Standard /V 1 /R 2 /P -4 /O <{'01' * 32}> /U <{'02' * 32}> >> /ID [<00> <00>]"


def test_each_page_is_found_where_its_span_says(extracted: Extracted) -> None:
    extraction = extracted(pdf_file("First page", "", "Third page"), "a.pdf")

    assert [(page.number, extraction.text[page.start : page.end]) for page in extraction.pages] == [
        (1, "First page"),
        (2, ""),
        (3, "Third page"),
    ]
    assert extraction.mime_type == "application/pdf"


def test_a_hundred_pages_are_a_hundred_spans(extracted: Extracted) -> None:
    extraction = extracted(pdf_file(*(f"Page {number}" for number in range(1, 101))), "a.pdf")

    assert len(extraction.pages) == 100
    assert all(extraction.text[page.start : page.end] == f"Page {page.number}" for page in extraction.pages)


def test_the_title_is_read(extracted: Extracted) -> None:
    assert extracted(pdf_file("x", title="Annual report"), "a.pdf").title == "Annual report"
    assert extracted(pdf_file("x"), "a.pdf").title is None


def test_a_word_divided_at_the_end_of_a_line_is_whole(extracted: Extracted) -> None:
    two_lines = "The con-) Tj 0 -14 Td (firmed plan"

    assert extracted(pdf_file(two_lines), "a.pdf").text == "The confirmed plan"


def test_what_was_typed_into_a_form_is_text(extracted: Extracted) -> None:
    assert "Typed answer" in extracted(pdf_file("Question?", form_value="Typed answer"), "a.pdf").text


def test_pictures_of_pages_need_ocr(refused: Refused) -> None:
    assert refused(pdf_file("", ""), "scan.pdf") == "no_text_layer"


def test_a_password_is_asked_for(refused: Refused) -> None:
    assert refused(pdf_file("secret", trailer=ENCRYPTION), "a.pdf") == "password_protected"


def test_a_pdf_without_its_end_is_damaged(refused: Refused) -> None:
    assert refused(pdf_file("x")[:200], "a.pdf") == "damaged_file"


def test_one_thread_at_a_time_is_inside_pdfium(write: Written, monkeypatch: pytest.MonkeyPatch) -> None:
    """Several at once were seen to crash the process, or to read nothing from files that are in order."""
    path = write(pdf_file("Text"))
    inside: list[int] = []
    together: list[int] = []

    def watched_pages(document: PdfDocument) -> Iterator[str]:
        inside.append(1)
        time.sleep(0.01)
        together.append(len(inside))
        inside.pop()
        yield "text"

    monkeypatch.setattr(pdf, "_read_pages", watched_pages)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: extract(path, "a.pdf"), range(8)))

    assert together == [1] * 8
