"""The text of a document as it was read, kept so that its chunks can be made again the same."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from datasets import storage
from datasets.extraction.base import Extraction, ExtractionError, PageSpan
from datasets.extraction.sandbox import extract_safely

logger = logging.getLogger(__name__)


class SourceLost(ExtractionError):
    """Neither a document's text nor its file is there any more."""

    # Where a job stands that waits for one of them.
    stage = "source_lost"

    def __init__(self) -> None:
        message = "The file of this document was lost. The credits were given back; upload it again."
        super().__init__(self.stage, message)


@dataclass(frozen=True, slots=True)
class KeptText:
    """A text, and what splitting it into chunks goes by."""

    text: str
    pages: Sequence[PageSpan] = ()
    is_markdown: bool = False


def keep_text(object_key: str, extraction: Extraction) -> KeptText:
    """Keep what was read of a file beside it."""
    kept = KeptText(extraction.text, extraction.pages, extraction.is_markdown)
    storage.write_text(object_key, kept.text)
    pages = [[page.number, page.start, page.end] for page in kept.pages]
    layout = {"characters": len(kept.text), "is_markdown": kept.is_markdown, "pages": pages}
    storage.write_layout(object_key, layout)
    return kept


def recall_text(object_key: str, filename: str) -> KeptText:
    """Return what was kept, or read from the file again; SourceLost if there is neither.

    A text that was kept is what answers cite, so it stays, also where its file is read otherwise by now.
    """
    text, layout = text_or_none(object_key), storage.read_layout(object_key)
    if text is not None and layout and layout["characters"] == len(text):
        return KeptText(text, [PageSpan(*page) for page in layout["pages"]], layout["is_markdown"])
    if text is None:
        return keep_text(object_key, read_again(object_key, filename))
    try:
        extraction = read_again(object_key, filename)
    except ExtractionError as error:
        logger.warning("The pages of %s are not known any more: %s", object_key, error.code)
        return KeptText(text)
    if extraction.text == text:
        return keep_text(object_key, extraction)
    return KeptText(text, is_markdown=extraction.is_markdown)


def read_again(object_key: str, filename: str) -> Extraction:
    """Extract a stored file; SourceLost if it is not there."""
    try:
        return extract_safely(storage.path_of(object_key), filename)
    except FileNotFoundError as error:
        raise SourceLost from error


def text_or_none(object_key: str) -> Any:
    """Return the text that was kept, if there is one."""
    try:
        return storage.read_text(object_key)
    except FileNotFoundError:
        return None


def is_lost(object_key: str) -> bool:
    """Tell whether neither text nor file is there."""
    return not (storage.text_path_of(object_key).exists() or storage.path_of(object_key).exists())
