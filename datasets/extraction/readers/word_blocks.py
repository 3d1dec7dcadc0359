"""The body of a Word document: paragraphs, tables and text boxes, walked in document order.

The walk is our own, since python-docx skips content controls, tracked insertions and text boxes.
"""

from collections.abc import Iterable, Iterator, Mapping
from xml.etree.ElementTree import Element

from datasets.extraction.readers.markdown_table import render_table
from datasets.extraction.readers.office_parts import attribute, child, local_name, preferred
from datasets.extraction.readers.word_styles import Style, read_properties

_BREAKS = {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}
# Properties, field codes, what tracked changes removed, and the small reading above an ideograph.
_SILENT = frozenset(("pPr", "rPr", "tblPr", "sectPr", "instrText", "del", "delText", "moveFrom", "rt", "txbxContent"))


class WordText:
    """Turns parts of one document into Markdown blocks, knowing its styles."""

    def __init__(self, styles: Mapping[str, Style]) -> None:
        self.styles = styles

    def blocks(self, container: Iterable[Element]) -> Iterator[str]:
        """Render what a body, a cell, a note or a text box contains."""
        for element in container:
            match local_name(element):
                case "p":
                    yield self._paragraph(element)
                    yield from self._text_boxes(element)
                case "tbl":
                    yield self._table(element)
                case "AlternateContent":
                    yield from self.blocks(preferred(element))
                case name if name not in _SILENT:
                    yield from self.blocks(element)

    def _paragraph(self, paragraph: Element) -> str:
        text = "".join(_inline(paragraph)).strip()
        properties = child(paragraph, "pPr")
        style_id = attribute(child(properties, "pStyle"), "val") or ""
        style = read_properties(properties, self.styles.get(style_id, Style()))
        if not text:
            return ""
        if style.heading:
            return f"{'#' * min(style.heading, 6)} {' '.join(text.split())}"
        return f"{_indent(properties)}- {text}" if style.is_list else text

    def _text_boxes(self, element: Iterable[Element]) -> Iterator[str]:
        """Render the boxes drawn in a paragraph after it; boxes within boxes come with the outer one."""
        for part in element:
            match local_name(part):
                case "txbxContent":
                    yield from self.blocks(part)
                case "AlternateContent":
                    yield from self._text_boxes(preferred(part))
                case _:
                    yield from self._text_boxes(part)

    def _table(self, table: Element) -> str:
        """Render a table, unless it has a single column: that is a frame around paragraphs."""
        rows = [list(_descend(row, "tc")) for row in _descend(table, "tr")]
        if all(len(row) <= 1 for row in rows):
            return "\n\n".join(block for row in rows for cell in row for block in self.blocks(cell))
        return render_table([self._cell(cell) for cell in row] for row in rows)

    def _cell(self, cell: Element) -> str:
        """Render a cell on one line, the rows of a table inside it one after the other."""
        parts: list[str] = []
        for element in cell:
            if local_name(element) == "tbl":
                rows = ([self._cell(inner) for inner in _descend(row, "tc")] for row in _descend(element, "tr"))
                parts += ("; ".join(filter(None, row)) for row in rows)
            else:
                parts += self.blocks((element,))
        return " ".join(" ".join(parts).split())


def _inline(element: Iterable[Element]) -> Iterator[str]:
    """Collect the text of a paragraph, in runs, links, insertions, content controls and formulas."""
    for part in element:
        match local_name(part):
            case "t":
                yield part.text or ""
            case "footnoteReference":
                yield f"[^{attribute(part, 'id')}]"
            case "endnoteReference":
                yield f"[^e{attribute(part, 'id')}]"
            case "docPr" if words := attribute(part, "descr"):
                yield f" [{words}] "
            case "AlternateContent":
                yield from _inline(preferred(part))
            case name if name in _BREAKS:
                yield _BREAKS[name]
            case name if name not in _SILENT:
                yield from _inline(part)


def _descend(element: Element, name: str) -> Iterator[Element]:
    """Find rows or cells, also inside content controls and tracked changes, but not those of inner tables."""
    for part in element:
        found = local_name(part)
        if found == name:
            yield part
        elif found not in ("tr", "tc", "p", "tbl") and found not in _SILENT:
            yield from _descend(part, name)


def _indent(properties: Element | None) -> str:
    level = attribute(child(child(properties, "numPr"), "ilvl"), "val") or "0"
    return "  " * min(int(level), 8) if level.isdecimal() else ""
