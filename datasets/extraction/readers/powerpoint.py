"""PowerPoint as Markdown, one page a slide: title, text, tables, charts, diagrams and notes."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from xml.etree.ElementTree import Element

from datasets.extraction.base import Extraction, Kind
from datasets.extraction.cleaning import join_pages
from datasets.extraction.packages import open_package
from datasets.extraction.readers.markdown_table import render_table
from datasets.extraction.readers.office_parts import (
    Part,
    attribute,
    child,
    children,
    descendants,
    local_name,
    open_main_part,
    preferred,
    read_title,
)
from datasets.extraction.readers.powerpoint_charts import read_chart

_TITLES = frozenset(("title", "ctrTitle"))
# The same on every slide: date, footer, slide number; and the picture of the slide above its notes.
_REPEATED = frozenset(("dt", "ftr", "sldNum", "hdr", "sldImg"))


def read(path: Path, kind: Kind) -> Extraction:
    package = open_package(path)
    text, pages = join_pages(_read_slide(slide) for slide in _slides(open_main_part(package)))
    return Extraction(text, kind.mime_type, pages=pages, is_markdown=True, title=read_title(package))


def _slides(main: Part) -> Iterator[Part]:
    """Find the slides in the order they are shown in."""
    for entry in children(child(main.root, "sldIdLst"), "sldId"):
        # Its own number is called `id` too, so that the relation's is told by having a namespace.
        relation_id = next((value for key, value in entry.attrib.items() if key.endswith("}id")), None)
        if slide := main.target(relation_id):
            yield slide


def _read_slide(slide: Part) -> str:
    blocks = list(_blocks(slide.root, slide))
    # Titles come first, wherever they stand among the shapes.
    blocks.sort(key=lambda block: not block.startswith("# "))
    for notes in slide.related("notesSlide"):
        text = "\n".join(filter(None, _blocks(notes.root, notes)))
        blocks.append(text and f"Notes: {text}")
    return "\n\n".join(filter(None, blocks))


def _blocks(container: Iterable[Element], part: Part) -> Iterator[str]:
    """Render shapes, going into groups."""
    for shape in container:
        match local_name(shape):
            case "sp":
                yield _read_shape(shape)
            case "pic":
                yield from (f"[{words}]" for each in descendants(shape, "cNvPr") if (words := attribute(each, "descr")))
            case "graphicFrame":
                yield from _read_graphic(shape, part)
            case "AlternateContent":
                yield from _blocks(preferred(shape), part)
            case _:
                yield from _blocks(shape, part)


def _read_shape(shape: Element) -> str:
    role = next((attribute(each, "type") for each in descendants(shape, "ph")), None)
    if role in _REPEATED:
        return ""
    paragraphs = list(_paragraphs(child(shape, "txBody")))
    title = " ".join(" ".join(paragraphs).split())
    return f"# {title}" if role in _TITLES and title else "\n".join(paragraphs)


def _paragraphs(body: Element | None) -> Iterator[str]:
    for paragraph in children(body, "p"):
        level = attribute(child(paragraph, "pPr"), "lvl") or "0"
        text = "".join(_inline(paragraph)).strip()
        if text:
            yield f"{'  ' * min(int(level), 8)}- {text}" if level.isdecimal() and level != "0" else text


def _inline(element: Iterable[Element]) -> Iterator[str]:
    for part in element:
        match local_name(part):
            case "t":
                yield part.text or ""
            case "br":
                yield "\n"
            case "tab":
                yield "\t"
            case "AlternateContent":
                yield from _inline(preferred(part))
            case name if name not in ("pPr", "rPr", "endParaRPr"):
                yield from _inline(part)


def _read_graphic(frame: Element, part: Part) -> Iterator[str]:
    """Render a table, a chart, or the words of a diagram."""
    for table in descendants(frame, "tbl"):
        rows = ([_cell(cell) for cell in children(row, "tc")] for row in children(table, "tr"))
        yield render_table(rows)
    for reference in descendants(frame, "chart"):
        if chart := part.target(attribute(reference, "id")):
            yield read_chart(chart.root)
    for reference in descendants(frame, "relIds"):
        if diagram := part.target(attribute(reference, "dm")):
            texts = ("".join(_inline(point)).strip() for point in descendants(diagram.root, "pt"))
            yield "\n".join(f"- {text}" for text in texts if text)


def _cell(cell: Element) -> str:
    return " ".join(" ".join(_paragraphs(child(cell, "txBody"))).split())
