"""What the paragraph styles of a Word document mean for its text: which are headings, which are lists."""

import re
from collections.abc import Mapping
from typing import NamedTuple
from xml.etree.ElementTree import Element

from datasets.extraction.readers.office_parts import attribute, child, children

# Word keeps the English names of its own styles in every language.
_HEADING_NAME = re.compile(r"heading ([1-9])$", re.IGNORECASE)
_LONGEST_CHAIN = 20


class Style(NamedTuple):
    """A heading's level (from 1), and whether paragraphs are items of a list."""

    heading: int | None = None
    is_list: bool = False


def read_styles(root: Element) -> dict[str, Style]:
    """Read the meaning of every style, by its id."""
    declared = {attribute(style, "styleId") or "": style for style in children(root, "style")}
    return {style_id: _resolve(style_id, declared) for style_id in declared}


def read_properties(properties: Element | None, base: Style) -> Style:
    """Read what paragraph properties say over the style they are based on."""
    outline = attribute(child(properties, "outlineLvl"), "val") or ""
    level = int(outline) + 1 if outline.isdecimal() and int(outline) < 9 else base.heading
    return Style(level, base.is_list or child(properties, "numPr") is not None)


def _resolve(style_id: str, declared: Mapping[str, Element]) -> Style:
    """Follow a style to the one it is based on, and so on."""
    chain: list[Element] = []
    # Damaged files have styles that are based on themselves.
    while style_id in declared and len(chain) < _LONGEST_CHAIN:
        chain.append(declared[style_id])
        style_id = attribute(child(chain[-1], "basedOn"), "val") or ""
    meaning = Style()
    for style in reversed(chain):
        meaning = _name_heading(style, read_properties(child(style, "pPr"), meaning))
    return meaning


def _name_heading(style: Element, meaning: Style) -> Style:
    name = attribute(child(style, "name"), "val") or ""
    if match := _HEADING_NAME.match(name):
        return meaning._replace(heading=int(match[1]))
    return meaning._replace(heading=1) if name.lower() == "title" else meaning
