"""Plain text, Markdown and source code stay as they are."""

import pytest

from tests.datasets.extraction.conftest import Extracted


@pytest.mark.parametrize("filename", ["a.txt", "a.py", "a.md", "a.yaml", "a.unknown", "README"])
def test_a_text_keeps_every_offset(extracted: Extracted, filename: str) -> None:
    text = "\n  def f():  \n\n\n\n\treturn 'é 👋🏽'"

    assert extracted(text, filename).text == text


def test_source_code_is_told_by_its_media_type(extracted: Extracted) -> None:
    assert extracted("fn main() {}", "a.rs").mime_type == "text/x-rust"


def test_nul_and_windows_line_ends_are_gone(extracted: Extracted) -> None:
    assert extracted(b"one\0two three four\r\nfive\r\n", "a.txt").text == "one two three four\nfive"


@pytest.mark.parametrize(
    ("source", "title"),
    [
        ("---\nauthor: Ann\ntitle: 'The plan'\n---\n# Other", "The plan"),
        ("Words\n\n# The plan #\n\n# Other", "The plan"),
        ("```\n# comment\n```\n# The plan", "The plan"),
        ("no heading", None),
    ],
)
def test_markdown_knows_its_title(extracted: Extracted, source: str, title: str | None) -> None:
    extraction = extracted(source, "a.md")

    assert extraction.title == title
    assert extraction.is_markdown
    assert extraction.text == source
