"""Texts to chunks that know where they came from."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from semantic_text_splitter import MarkdownSplitter, TextSplitter

from datasets.extraction.base import PageSpan

# The splitter's time grows with the square of a text without line breaks, so it sees no more than this at once.
_WINDOW_CHARS = 32_768
_WINDOW_CHUNKS = 16


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of a text: `text[start_char:end_char]` of the whole, and the page on which it starts."""

    index: int
    text: str
    start_char: int
    end_char: int
    page: int | None


def split_text(
    text: str,
    *,
    pages: Sequence[PageSpan] = (),
    is_markdown: bool = False,
    max_chars: int = 1500,
    overlap: int = 150,
) -> list[Chunk]:
    """Split a text where its meaning does: at headings, paragraphs, sentences, words, in this order of preference.

    No chunk is longer than `max_chars` or blank; neighbours share up to `overlap` characters. Both count characters,
    as all offsets do.
    """
    splitter = (MarkdownSplitter if is_markdown else TextSplitter)(max_chars, overlap=overlap)
    starts = [page.start for page in pages]
    return [
        Chunk(index, piece, start, start + len(piece), _page_at(start, starts, pages))
        for index, (start, piece) in enumerate(_split(text, splitter, max(_WINDOW_CHARS, _WINDOW_CHUNKS * max_chars)))
    ]


def _split(text: str, splitter: TextSplitter | MarkdownSplitter, window_chars: int) -> Iterator[tuple[int, str]]:
    """Split window by window. The last chunk of a window is cut by its edge, so the next window starts with it anew."""
    start = 0
    while start < len(text):
        end = start + window_chars
        found = [(start + at, piece) for at, piece in splitter.chunk_indices(text[start:end]) if piece.strip()]
        start = end
        if len(found) > 1 and end < len(text):
            start, _ = found.pop()
        yield from found


def _page_at(position: int, starts: Sequence[int], pages: Sequence[PageSpan]) -> int | None:
    at = bisect_right(starts, position) - 1
    return pages[at].number if at >= 0 else None
