"""Texts to chunks that know where they came from."""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from semantic_text_splitter import MarkdownSplitter, TextSplitter

from datasets.extraction.base import PageSpan

# The splitter's time grows with the square of a text without line breaks, so it sees no more than this at once.
# Too little of it would hide where code blocks and tables begin.
_WINDOW_CHARS = 12_000
_WINDOW_CHUNKS = 8
# Nor does it see blanks as long as this: a few thousand with nothing else between them took it many seconds.
_GAP = re.compile(r"(?<!\s)\s{200,}")


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of a text: `text[start_char:end_char]` of the whole, and the page on which it starts."""

    index: int
    text: str
    start_char: int
    end_char: int
    page: int | None


def split_text(
    text: str, *, pages: Sequence[PageSpan] = (), is_markdown: bool = False, max_chars: int = 1500, overlap: int = 150
) -> list[Chunk]:
    """Split a text where its meaning does: at headings, paragraphs, sentences, words, in this order of preference.

    No chunk is longer than `max_chars` or blank; neighbours share up to `overlap` characters. Both count characters,
    as all offsets do.
    """
    splitter = (MarkdownSplitter if is_markdown else TextSplitter)(max_chars, overlap=overlap)
    window_chars = max(_WINDOW_CHARS, _WINDOW_CHUNKS * max_chars)
    page_starts = [page.start for page in pages]
    pieces = (piece for start, end in _stretches(text) for piece in _split(text, start, end, splitter, window_chars))
    return [
        Chunk(index, piece, start, start + len(piece), _page_at(start, page_starts, pages))
        for index, (start, piece) in enumerate(pieces)
    ]


def _stretches(text: str) -> Iterator[tuple[int, int]]:
    """Find where the text lies between long blanks."""
    start = 0
    for gap in _GAP.finditer(text):
        yield start, gap.start()
        start = gap.end()
    yield start, len(text)


def _split(
    text: str, start: int, end: int, splitter: TextSplitter | MarkdownSplitter, window_chars: int
) -> Iterator[tuple[int, str]]:
    """Split window by window. The last chunk of a window is cut by its edge, so the next window starts with it anew."""
    while start < end:
        window = text[start : min(start + window_chars, end)]
        found = [(start + at, piece) for at, piece in splitter.chunk_indices(window) if piece.strip()]
        start += len(window)
        if len(found) > 1 and start < end:
            start, _ = found.pop()
        yield from found


def _page_at(position: int, starts: Sequence[int], pages: Sequence[PageSpan]) -> int | None:
    at = bisect_right(starts, position) - 1
    return pages[at].number if at >= 0 else None
