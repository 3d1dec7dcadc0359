"""What kind of file is this? Its content is asked first, its name second."""

import mmap
import re
from pathlib import Path

from datasets.extraction import registry
from datasets.extraction.base import ExtractionError, Kind
from datasets.extraction.cleaning import has_text
from datasets.extraction.encodings import SAMPLE_BYTES, count_controls, decode
from datasets.extraction.guard import only_extraction_errors
from datasets.extraction.packages import list_members

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED_OFFICE = "EncryptedPackage".encode("utf-16-le")
_ZIP_MARKS = (b"PK\3\4", b"PK\5\6", b"PK\7\x08")
_OFFICE_FOLDERS = (("word/", registry.DOCX), ("ppt/", registry.PPTX), ("xl/", registry.XLSX))
_UNREADABLE = (
    ((b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"II*\0", b"MM\0*", b"BM"), "an image; text in pictures needs OCR first"),
    ((b"\x1f\x8b", b"7z\xbc\xaf", b"Rar!", b"BZh", b"\xfd7zXZ", b"(\xb5/\xfd"), "an archive; upload the files in it"),
    ((b"ID3", b"OggS", b"fLaC", b"RIFF", b"\x1aE\xdf\xa3"), "sound or video; upload a transcript"),
    ((b"\x7fELF", b"MZ", b"\xca\xfe\xba\xbe", b"\0asm"), "a program, not a document"),
)  # fmt: skip
_COMMENTS = r"(?:<!--(?:(?!-->).)*-->\s*)*"
_HTML_START = re.compile(rf"\s*(?:<\?xml[^>]*>\s*)?{_COMMENTS}<(?:!doctype html|html[\s>])", re.I | re.S)
_XML_START = re.compile(r"\s*<\?xml\s")
# Names that claim nothing about what a text is written in.
_VAGUE = (None, registry.PLAIN_TEXT, registry.PDF, registry.DOCX, registry.PPTX, registry.XLSX)


def detect_kind(path: Path, filename: str) -> Kind:
    """Tell the kind of a file from its first bytes; refuse at once what can never become text."""
    size = path.stat().st_size
    with open(path, "rb") as file:
        head = file.read(SAMPLE_BYTES)
    with only_extraction_errors():
        if not size:
            raise empty_document()
        if _is_pdf(head, filename):
            return registry.PDF
        if head.startswith(_OLE):
            raise _refuse_ole(path)
        if head.startswith(_ZIP_MARKS):
            return _detect_package(path)
        return _detect_text(head, is_whole=size <= len(head), filename=filename)


def empty_document() -> ExtractionError:
    """Say that there is no text at all."""
    return ExtractionError("empty_document", "There is no text in this file.")


def _is_pdf(head: bytes, filename: str) -> bool:
    # Readers accept up to 1024 bytes of anything before the mark; a text that only mentions it is not a PDF.
    claims_pdf = registry.kind_by_name(filename) is registry.PDF
    return head.lstrip().startswith(b"%PDF-") or (claims_pdf and b"%PDF-" in head[:1024])


def _refuse_ole(path: Path) -> ExtractionError:
    with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        is_encrypted = content.find(_ENCRYPTED_OFFICE) >= 0
    if is_encrypted:
        return ExtractionError("password_protected", "The file is protected by a password. Remove it and upload again.")
    return unsupported("an old Office file; save it as .docx, .xlsx or .pptx")


def unsupported(what: str) -> ExtractionError:
    """Refuse a kind of file, saying what it is and what to do instead."""
    return ExtractionError("unsupported_media_type", f"This is {what}.")


def _detect_package(path: Path) -> Kind:
    names = [member.filename for member in list_members(path)]
    if "xl/workbook.bin" in names:
        raise unsupported("a binary Excel workbook (.xlsb); save it as .xlsx")
    if "[Content_Types].xml" in names:
        for folder, kind in _OFFICE_FOLDERS:
            if any(name.startswith(folder) for name in names):
                return kind
    if "mimetype" in names:
        raise unsupported("an OpenDocument or EPUB file; save it as .docx, .xlsx, .pptx or PDF")
    raise unsupported("an archive, not a document; upload the files in it")


def _detect_text(head: bytes, *, is_whole: bool, filename: str) -> Kind:
    if count_controls(head):
        for marks, what in _UNREADABLE:
            if head.startswith(marks):
                raise unsupported(what)
    text = decode(head)
    if text.startswith("{\\rtf"):
        raise unsupported("rich text (RTF); save it as .docx or PDF")
    if is_whole and not has_text(text):
        raise empty_document()
    return _detect_markup(text, registry.kind_by_name(filename))


def _detect_markup(text: str, claimed: Kind | None) -> Kind:
    """Choose between what the name claims and what the text looks like."""
    may_be_html = claimed in _VAGUE or claimed is registry.XML
    if may_be_html and _HTML_START.match(text):
        return registry.HTML
    if claimed in _VAGUE:
        claimed = registry.XML if _XML_START.match(text) else registry.PLAIN_TEXT
    return claimed or registry.PLAIN_TEXT
