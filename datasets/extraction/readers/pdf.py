"""PDF, page by page, by PDFium."""

import re
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from pypdfium2 import PdfDocument, PdfiumError

from datasets.extraction.base import Extraction, ExtractionError, Kind
from datasets.extraction.cleaning import has_text, join_pages

_WRONG_PASSWORD = 4
# PDFium keeps global state: two threads inside it at once crash the process.
_PDFIUM_LOCK = threading.Lock()
# PDFium's mark for a hyphen at the end of a line, whose word goes on in the next.
_LINE_END_HYPHEN = re.compile("[\x02\ufffe]")


def read(path: Path, kind: Kind) -> Extraction:
    """Read the text layer of a PDF."""
    with _PDFIUM_LOCK, closing(_open(path)) as document:
        text, pages = join_pages(_read_pages(document))
        title = document.get_metadata_value("Title")
    if not has_text(text):
        raise ExtractionError(
            "no_text_layer",
            "The PDF has no text, only pictures of pages. Run it through OCR (text recognition) and upload that.",
        )
    return Extraction(text, kind.mime_type, pages=pages, title=title)


def _open(path: Path) -> PdfDocument:
    """Open a PDF, also one that is encrypted with the empty password."""
    try:
        document = PdfDocument(path)
    except PdfiumError as error:
        if error.err_code == _WRONG_PASSWORD:
            message = "The PDF is protected by a password. Remove it and upload the PDF again."
            raise ExtractionError("password_protected", message) from None
        raise
    if document.get_formtype():
        document.init_forms()
    return document


def _read_pages(document: PdfDocument) -> Iterator[str]:
    """Read each page; a damaged one is left out as long as others can be read."""
    failures: list[PdfiumError] = []
    for number in range(len(document)):
        try:
            yield _read_page(document, number)
        except PdfiumError as error:
            failures.append(error)
            yield ""
    if failures and len(failures) == len(document):
        raise failures[0]


def _read_page(document: PdfDocument, number: int) -> str:
    page = document[number]
    if document.formenv:
        # What people typed into a form is text of the page only once it is flattened into it.
        page.flatten()
        page.close()
        page = document[number]
    text_page = page.get_textpage()
    text = text_page.get_text_bounded()
    text_page.close()
    page.close()
    return _LINE_END_HYPHEN.sub("", text)
