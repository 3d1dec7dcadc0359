"""Markdown, kept as it is; its title is that of its front matter or its first heading."""

import re
from pathlib import Path

from datasets.extraction.base import Extraction, Kind
from datasets.extraction.encodings import read_text

_TITLE_CHARS = 10_000  # A title stands at the top or nowhere.
_FRONT_MATTER_TITLE = re.compile(r"\A---\n(?:(?!---\n).*\n)*?title:[ \t]*(?P<title>\S.*)\n")
_CODE = re.compile(r"^(```|~~~).*?(^\1|\Z)", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^#[ \t]+(?P<title>\S.*)$", re.MULTILINE)


def read(path: Path, kind: Kind) -> Extraction:
    text = read_text(path).rstrip()
    return Extraction(text, kind.mime_type, is_markdown=True, title=find_title(text))


def find_title(text: str) -> str | None:
    """Find what a Markdown text calls itself."""
    top = text[:_TITLE_CHARS]
    match = _FRONT_MATTER_TITLE.search(top) or _HEADING.search(_CODE.sub("", top))
    return match["title"].strip(" \t#\"'") if match else None
