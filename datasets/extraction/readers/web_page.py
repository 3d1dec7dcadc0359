"""HTML as Markdown, without scripts, styles and navigation."""

import re
from pathlib import Path

from selectolax.lexbor import LexborHTMLParser, LexborNode

from datasets.extraction.base import Extraction, Kind
from datasets.extraction.cleaning import clean_text, has_text, tidy_text
from datasets.extraction.encodings import decode
from datasets.extraction.readers.html_blocks import HtmlText

_META_CHARSET = re.compile(rb"""<meta[^>]+?charset\s*=\s*["']?\s*([\w-]+)""", re.IGNORECASE)
_PRESCAN_BYTES = 4096
# A page's main part stands for all of it only if that is not just a small box in it.
_MAIN_SHARE = 0.2


def read(path: Path, kind: Kind) -> Extraction:
    data = path.read_bytes()
    charset = _META_CHARSET.search(data[:_PRESCAN_BYTES])
    title, text = convert(clean_text(decode(data, charset[1].decode("ascii") if charset else None)))
    return Extraction(text, kind.mime_type, is_markdown=True, title=title)


def convert(html: str) -> tuple[str | None, str]:
    """Turn HTML into its title and its text as Markdown."""
    page = LexborHTMLParser(html)
    head_title = page.css_first("head > title")
    title = head_title.text() if head_title else None
    for part, with_navigation in ((_main_part(page), False), (page.body, False), (page.body, True)):
        text = tidy_text(HtmlText(with_navigation=with_navigation).render(part)) if part else ""
        if has_text(text):
            return title, text
    return title, title or ""


def _main_part(page: LexborHTMLParser) -> LexborNode | None:
    mains = list({node.mem_id: node for node in page.css("main, [role=main]")}.values())
    if len(mains) != 1 or page.body is None:
        return None
    return mains[0] if len(mains[0].text()) > _MAIN_SHARE * len(page.body.text()) else None
