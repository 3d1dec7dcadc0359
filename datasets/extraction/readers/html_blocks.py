"""Walking an HTML tree and writing down its blocks: headings, paragraphs, lists, tables, preformatted text.

The walk keeps its own stack: pages with unclosed tags are nested deeper than Python's.
"""

import re
from dataclasses import dataclass, field

from selectolax.lexbor import LexborNode

from datasets.extraction.readers.markdown_table import render_table

_HEADINGS = {f"h{level}": "#" * level + " " for level in range(1, 7)}
_BLOCKS = frozenset((
    "address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "details", "dialog", "div", "dl",
    "dt", "fieldset", "figcaption", "figure", "footer", "form", "header", "hr", "legend", "li", "main", "nav", "ol",
    "p", "pre", "section", "summary", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul", *_HEADINGS,
))  # fmt: skip
_SILENT = frozenset((
    "script", "style", "noscript", "template", "svg", "iframe", "object", "canvas", "select", "datalist", "annotation",
))  # fmt: skip
# A cell as long as this holds a part of the page, not a value: the table only lays the page out.
_LAYOUT_CHARS = 1000
_CAPTION_WORDS = 3
_BLANKS = re.compile(r"\s+")


@dataclass
class _Frame:
    """What has been written of a page or a cell: finished blocks, the line in the making and what goes before it."""

    text: list[str] = field(default_factory=list)
    line: list[str] = field(default_factory=list)
    prefix: str = ""
    ends_in_item: bool = False
    rows: list[list[str]] = field(default_factory=list)
    holds_table: bool = False


class HtmlText:
    """Writes one tree as Markdown."""

    def __init__(self, *, with_navigation: bool) -> None:
        self.with_navigation = with_navigation
        self.frames = [_Frame()]
        # The number of the last item of each open list; None where there are bullets.
        self.lists: list[int | None] = []
        self.preformatted = 0

    def render(self, root: LexborNode) -> str:
        """Write down everything inside a node."""
        node = root
        while True:
            is_open = self._enter(node)
            if is_open and node.child is not None:
                node = node.child
                continue
            if is_open:
                self._leave(node)
            while node.mem_id != root.mem_id and node.next is None and node.parent is not None:
                node = node.parent
                self._leave(node)
            if node.mem_id == root.mem_id or node.next is None:
                self._end_block()
                return "".join(self.frames[0].text)
            node = node.next

    def _enter(self, node: LexborNode) -> bool:
        """Begin a node; False if there is nothing to read inside."""
        tag = node.tag or ""
        if node.is_text_node:
            self._write(node.text_content or "")
            return False
        if not node.is_element_node or tag in _SILENT or self._is_skipped_navigation(node, tag):
            return False
        if tag in _BLOCKS:
            self._end_block()
            self._begin_block(tag)
        elif tag == "br":
            self.frames[-1].line.append("\n")
        elif tag == "img":
            self._write_caption(node.attributes.get("alt") or "")
        return True

    def _is_skipped_navigation(self, node: LexborNode, tag: str) -> bool:
        return not self.with_navigation and (tag == "nav" or node.attributes.get("role") == "navigation")

    def _write(self, text: str) -> None:
        self.frames[-1].line.append(text if self.preformatted else _BLANKS.sub(" ", text))

    def _write_caption(self, words: str) -> None:
        """Write what a picture shows, if it is told in more than a name: icons and avatars have names."""
        if len(words.split()) >= _CAPTION_WORDS:
            self._write(f" [{words}] ")

    def _begin_block(self, tag: str) -> None:
        frame = self.frames[-1]
        match tag:
            case "ul" | "ol":
                self.lists.append(0 if tag == "ol" else None)
            case "li":
                frame.prefix = self._item_prefix()
            case "pre":
                self.preformatted += 1
            case "table" | "td" | "th":
                self.frames.append(_Frame())
            case "tr":
                frame.rows.append([])
            case _ if tag in _HEADINGS:
                frame.prefix = _HEADINGS[tag]

    def _item_prefix(self) -> str:
        if not self.lists:
            return "- "
        number = self.lists[-1]
        indent = "  " * (len(self.lists) - 1)
        if number is None:
            return f"{indent}- "
        self.lists[-1] = number + 1
        return f"{indent}{number + 1}. "

    def _leave(self, node: LexborNode) -> None:
        tag = node.tag or ""
        if tag not in _BLOCKS:
            return
        self._end_block()
        match tag:
            case "ul" | "ol":
                self.lists.pop()
            case "pre":
                self.preformatted -= 1
            case "td" | "th":
                self._end_cell()
            case "table":
                self._end_table()
            case _ if tag in _HEADINGS or tag == "li":
                self.frames[-1].prefix = ""

    def _end_block(self) -> None:
        """Finish the line in the making, if there is anything in it."""
        frame = self.frames[-1]
        written = "".join(frame.line)
        frame.line.clear()
        if not written.strip():
            return
        if self.preformatted:
            self._append(f"```\n{written.strip(chr(10))}\n```")
        elif frame.prefix.startswith("#"):
            self._append(frame.prefix + " ".join(written.split()))
        else:
            lines = (" ".join(line.split()) for line in written.strip().split("\n"))
            self._append(frame.prefix + "\n".join(lines), is_item=bool(frame.prefix))
        frame.prefix = ""

    def _append(self, block: str, *, is_item: bool = False) -> None:
        frame = self.frames[-1]
        if frame.text:
            frame.text.append("\n" if is_item and frame.ends_in_item else "\n\n")
        frame.text.append(block)
        frame.ends_in_item = is_item

    def _end_cell(self) -> None:
        cell = "".join(self.frames.pop().text)
        rows = self.frames[-1].rows
        if not rows:
            rows.append([])
        rows[-1].append(cell)

    def _end_table(self) -> None:
        """Write a table as one, unless it only lays the page out."""
        table = self.frames.pop()
        if len(self.frames) > 1:
            self.frames[-2].holds_table = True
        for part in ("".join(table.text), _render_rows(table)):
            if part:
                self._append(part)


def _render_rows(table: _Frame) -> str:
    cells = [cell for row in table.rows for cell in row if cell]
    is_layout = table.holds_table or any(len(cell) > _LAYOUT_CHARS for cell in cells)
    if is_layout or all(len(row) < 2 for row in table.rows):
        return "\n\n".join(cells)
    return render_table([" ".join(cell.split()) for cell in row] for row in table.rows)
