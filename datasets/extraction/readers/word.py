"""Word documents as Markdown: headings, lists, tables, notes, headers and footers in the order they are read in."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from datasets.extraction.base import Extraction, Kind
from datasets.extraction.cleaning import tidy_text
from datasets.extraction.packages import open_package
from datasets.extraction.readers.office_parts import Part, attribute, local_name, open_main_part, read_title
from datasets.extraction.readers.word_blocks import WordText
from datasets.extraction.readers.word_styles import read_styles

_LOOSE_ITEM = re.compile(r"^( *- .*)\n\n(?= *- )", re.MULTILINE)


def read(path: Path, kind: Kind) -> Extraction:
    package = open_package(path)
    main = open_main_part(package)
    styles = next((read_styles(part.root) for part in main.related("styles")), {})
    text = tidy_text("\n\n".join(_read_document(main, WordText(styles))))
    text = _LOOSE_ITEM.sub(r"\1\n", text)
    return Extraction(text, kind.mime_type, is_markdown=True, title=read_title(package))


def _read_document(main: Part, words: WordText) -> Iterator[str]:
    yield from _read_once(main.related("header"), words)
    yield from words.blocks(main.root)
    yield from _read_notes(main, "footnotes", words)
    yield from _read_notes(main, "endnotes", words)
    yield from _read_once(main.related("footer"), words)


def _read_once(parts: Iterable[Part], words: WordText) -> Iterator[str]:
    """Read headers or footers; most sections repeat those of the first."""
    texts = ("\n\n".join(words.blocks(part.root)) for part in parts)
    yield from dict.fromkeys(texts)


def _read_notes(main: Part, relation: str, words: WordText) -> Iterator[str]:
    mark = "e" if relation == "endnotes" else ""
    for part in main.related(relation):
        for note in part.root:
            # Lines that separate notes from the text are notes too, of a type of their own.
            if local_name(note) in ("footnote", "endnote") and not attribute(note, "type"):
                text = " ".join(words.blocks(note)).strip()
                yield f"[^{mark}{attribute(note, 'id')}]: {text}"
