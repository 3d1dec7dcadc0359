"""XML, and feeds in particular: `name: text` lines, a paragraph a record; prose with inline markup stays prose."""

import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from datasets.extraction.base import Extraction, ExtractionError, Kind
from datasets.extraction.cleaning import clean_text, tidy_text
from datasets.extraction.encodings import decode
from datasets.extraction.readers.web_page import convert

_DECLARATION = re.compile(r"\s*<\?xml[^>]*\?>")
_ENCODING = re.compile(rb"""<\?xml[^>]*?encoding\s*=\s*["']([\w.-]+)""")
_RECORDS = frozenset(("item", "entry"))
_MARKUP = re.compile(r"</?[a-zA-Z][^<>]*>")


def read(path: Path, kind: Kind) -> Extraction:
    """Read XML; what is not well-formed is kept as plain text."""
    data = path.read_bytes()
    declared = _ENCODING.match(data[:512].lstrip())
    source = clean_text(decode(data, declared[1].decode("ascii") if declared else None))
    root = _parse(source)
    if root is None:
        return Extraction(source.rstrip(), kind.mime_type)
    text = tidy_text("\n".join(_lines(root)))
    return Extraction(text, kind.mime_type, is_markdown=True, title=_find_title(root))


def _parse(source: str) -> Element | None:
    """Parse without ever expanding an entity or fetching anything."""
    try:
        root: Element = fromstring(_DECLARATION.sub("", source, count=1))
    except DefusedXmlException:
        message = "The XML declares entities, which could expand without end. Remove them and upload it again."
        raise ExtractionError("unsafe_xml", message) from None
    except ParseError:
        return None
    return root


def _lines(root: Element) -> Iterator[str]:
    """Walk the elements with a stack of our own, since XML may be nested deeper than Python's."""
    stack = [root]
    while stack:
        element = stack.pop()
        if _is_prose(element):
            yield _write(element, "".join(element.itertext()))
            continue
        name = _local(element.tag)
        if name in _RECORDS:
            yield from ("", f"## {_record_title(element)}")
        elif element.attrib:
            yield _write(element, "")
        if any(len(inner) for inner in element):
            yield ""
        stack += reversed(element)


def _is_prose(element: Element) -> bool:
    """Tell whether there is text beside the elements inside, or no element at all."""
    texts = (element.text, *(inner.tail for inner in element))
    return not len(element) or any(text and not text.isspace() for text in texts)


def _write(element: Element, text: str) -> str:
    if _MARKUP.search(text):
        text = convert(text)[1]
    values = [f"{_local(key)}: {value}" for key, value in element.attrib.items() if value]
    name = _local(element.tag) + (f" ({'; '.join(values)})" if values else "")
    text = text.strip()
    if not text:
        return name if values else ""
    return f"{name}:\n{text}\n" if "\n" in text else f"{name}: {text}"


def _record_title(element: Element) -> str:
    title = next((inner.text for inner in element if _local(inner.tag) == "title" and inner.text), "")
    return " ".join(title.split()) or _local(element.tag)


def _find_title(root: Element) -> str | None:
    return next((inner.text for inner in root.iter() if _local(inner.tag) == "title" and inner.text), None)


def _local(name: str) -> str:
    return name.rpartition("}")[2]
