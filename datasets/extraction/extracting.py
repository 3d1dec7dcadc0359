"""From a file to its text, in this process."""

from dataclasses import replace
from pathlib import Path

from datasets.extraction.base import Extraction
from datasets.extraction.cleaning import clean_text, has_text, refuse_too_much_text
from datasets.extraction.detection import detect_kind, empty_document
from datasets.extraction.guard import only_extraction_errors
from datasets.extraction.registry import load_reader


def extract(path: Path, filename: str) -> Extraction:
    """Turn a file into text, by what it contains rather than what it is called.

    Whatever is wrong with the content raises `ExtractionError`; a file that is not there raises `OSError`.
    """
    kind = detect_kind(path, filename)
    read = load_reader(kind)
    with only_extraction_errors():
        extraction = read(path, kind)
        refuse_too_much_text(len(extraction.text))
        if not has_text(extraction.text):
            raise empty_document()
        return _with_clean_title(extraction)


def _with_clean_title(extraction: Extraction) -> Extraction:
    title = " ".join(clean_text(extraction.title or "").split())
    return replace(extraction, title=title or None)
