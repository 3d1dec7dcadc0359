"""The last word on every text: characters that databases and models accept, and pages put together."""

import re
from collections.abc import Iterable

from datasets.extraction.base import ExtractionError, PageSpan

# A text above this would be tens of thousands of chunks. Uploads are far smaller; what grows this much was a bomb.
MAX_TEXT_CHARS = 64_000_000

_LINE_ENDS = re.compile("\r\n?|[\v\f\x85\u2028\u2029]")
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f]")
_SURROGATES = re.compile("[\ud800-\udfff]")
_INVISIBLE = re.compile("[\u00ad\u200b\u2060\ufeff\ufffe\uffff]")
_VISIBLE = re.compile("[^\\s\x00-\x20\x7f-\xa0\u00ad\u200b-\u200f\u2060\ufeff\ufffe\uffff]")
_BLANK_LINES = re.compile("\n{3,}")


def has_text(text: str) -> bool:
    """Tell whether anything in a text can be seen."""
    return _VISIBLE.search(text) is not None


def clean_text(text: str) -> str:
    """Normalise line ends and replace characters no text column should hold, each by one character.

    Nothing else changes, so that offsets still fit a text that had only plain characters to begin with.
    """
    text = _LINE_ENDS.sub("\n", text)
    text = _CONTROLS.sub(" ", text)
    return _SURROGATES.sub("\ufffd", text)


def tidy_text(text: str) -> str:
    """Clean a text that we put together ourselves, and drop what only lays out: blanks, soft hyphens, break marks."""
    text = _INVISIBLE.sub("", clean_text(text))
    text = "\n".join(line.rstrip() for line in text.split("\n"))
    return _BLANK_LINES.sub("\n\n", text).strip("\n")


def join_pages(pages: Iterable[str]) -> tuple[str, tuple[PageSpan, ...]]:
    """Tidy the pages and join them by blank lines; a page without text keeps an empty span."""
    parts: list[str] = []
    spans: list[PageSpan] = []
    length = 0
    for number, page in enumerate(pages, start=1):
        tidy = tidy_text(page)
        gap = "\n\n" if tidy and length else ""
        start = length + len(gap)
        length = start + len(tidy)
        refuse_too_much_text(length)
        parts += gap, tidy
        spans.append(PageSpan(number, start, length))
    return "".join(parts), tuple(spans)


def refuse_too_much_text(length: int) -> None:
    """Stop at a text longer than anything a person would upload."""
    if length > MAX_TEXT_CHARS:
        raise ExtractionError(
            "expands_too_far",
            f"The file unpacks to more than {MAX_TEXT_CHARS // 1_000_000} million characters. Split it into parts.",
        )
