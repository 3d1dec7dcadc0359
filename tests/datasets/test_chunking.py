"""Texts to chunks that know where they came from."""

import random
from itertools import pairwise

import pytest
from semantic_text_splitter import TextSplitter

from datasets.extraction import PageSpan
from datasets.indexing.chunking import Chunk, split_text

SENTENCES = "The quick brown fox jumps over the lazy dog. Every clause is a forecast, as it were. "
TEXTS = {
    "prose": SENTENCES * 500,
    "one endless word": "x" * 100_000,
    "lines": "one line of text\n" * 5000,
    "blank lines": "\n\n \n" * 20_000 + "word" + "\n" * 20_000,
    "Japanese": "これは日本語です。東京に住んでいます。" * 3000,
    "emoji": "👨‍👩‍👧👋🏽🇫🇷 " * 5000,
    "combining": ("e" + "\u0301" * 5) * 10_000,
    "a tower of marks": "e" + "\u0301" * 50_000,
    "right to left": "مرحبا بالعالم. " * 5000,
    "code": "def f(x):\n    return x\n\n\n" * 3000,
    "markup": "# Title\n\n- item `code`\n\n| a | b |\n| --- | --- |\n| 1 | 2 |\n\n```\nx\n```\n" * 1000,
    "backticks": "`" * 50_000,
}


def assert_faithful(text: str, chunks: list[Chunk], max_chars: int) -> None:
    """Check what every chunk promises, and that together they hold all that can be seen."""
    uncovered = bytearray(b"\1") * len(text)
    for index, chunk in enumerate(chunks):
        assert chunk.index == index
        assert chunk.text == text[chunk.start_char : chunk.end_char]
        assert chunk.text.strip()
        assert len(chunk.text) <= max_chars
        uncovered[chunk.start_char : chunk.end_char] = bytes(len(chunk.text))
    assert not any(missing and not character.isspace() for missing, character in zip(uncovered, text, strict=True))


@pytest.mark.parametrize("is_markdown", [False, True])
@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_chunks_are_slices_that_cover_the_text(text: str, is_markdown: bool) -> None:
    chunks = split_text(text, is_markdown=is_markdown)

    assert_faithful(text, chunks, 1500)


@pytest.mark.parametrize(("max_chars", "overlap"), [(50, 0), (200, 199), (1000, 100), (100_000, 0)])
def test_sizes_are_kept_whatever_they_are(max_chars: int, overlap: int) -> None:
    text = TEXTS["prose"]

    chunks = split_text(text, max_chars=max_chars, overlap=overlap)

    assert_faithful(text, chunks, max_chars)
    assert max(len(chunk.text) for chunk in chunks) > max_chars // 2 or len(chunks) == 1


def test_any_text_at_all_is_covered() -> None:
    chance = random.Random(7)
    alphabet = "ab \n\t.,é́日👋🏽\u200d#*`|->"
    for _ in range(100):
        text = "".join(chance.choices(alphabet, k=chance.randrange(3000)))

        assert_faithful(text, split_text(text, max_chars=100, overlap=20, is_markdown=chance.random() < 0.5), 100)


def test_chunks_end_where_sentences_do() -> None:
    chunks = split_text(SENTENCES * 50)

    assert all(chunk.text.endswith(".") for chunk in chunks)


def test_neighbours_overlap_and_move_on() -> None:
    chunks = split_text(SENTENCES * 500)

    for before, after in pairwise(chunks):
        assert before.start_char < after.start_char
        assert 0 < before.end_char - after.start_char <= 150


def test_markdown_is_split_at_its_headings() -> None:
    sections = [f"# Section {number}\n\n{SENTENCES * 12}".strip() for number in range(40)]

    chunks = split_text("\n\n".join(sections), is_markdown=True)

    assert [chunk.text for chunk in chunks] == sections


def test_a_chunk_is_on_the_page_where_it_starts() -> None:
    words = "word " * 100
    text = f"{words}\n\n{words}\n\n{words}"
    length = len(words)
    pages = (
        PageSpan(1, 0, 0),
        PageSpan(2, 0, length),
        PageSpan(3, length + 2, 2 * length + 2),
        PageSpan(7, 2 * length + 4, 3 * length + 4),
    )

    chunks = split_text(text, pages=pages, max_chars=length, overlap=0)

    assert [chunk.page for chunk in chunks] == [2, 3, 7]


def test_without_pages_there_is_no_page() -> None:
    assert [chunk.page for chunk in split_text("Some text.")] == [None]


def test_blanks_without_end_are_never_shown_to_the_splitter() -> None:
    """Eight thousand of them took it ten seconds, so that a quarter of a million would never end."""
    blanks = "\n \u3000\n\n\t" * 40_000

    chunks = split_text(f"{blanks}before{blanks}after{blanks}")

    assert [(chunk.text, chunk.start_char) for chunk in chunks] == [("before", 240_000), ("after", 480_006)]


@pytest.mark.parametrize("blank", ["", " ", "\n\t \u3000" * 50_000])
def test_a_blank_text_has_no_chunks(blank: str) -> None:
    assert split_text(blank) == []


def test_an_overlap_as_large_as_a_chunk_is_an_error() -> None:
    with pytest.raises(ValueError):
        split_text("text", max_chars=100, overlap=100)


def test_the_splitter_never_sees_more_than_a_window(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its time grows with the square of a text without line breaks: two megabytes took thirteen seconds."""
    seen: list[int] = []

    class Watched:
        def __init__(self, max_chars: int, *, overlap: int) -> None:
            self.splitter = TextSplitter(max_chars, overlap=overlap)

        def chunk_indices(self, text: str) -> list[tuple[int, str]]:
            seen.append(len(text))
            return self.splitter.chunk_indices(text)

    monkeypatch.setattr("datasets.indexing.chunking.TextSplitter", Watched)
    split_text("word " * 400_000)

    assert max(seen) <= 12_000
    assert sum(seen) < 2_500_000
