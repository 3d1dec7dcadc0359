"""Small files of every kind, made by code."""

import io
import struct
import zipfile
from collections.abc import Mapping

CONTENT_TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/></Types>'
)
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"


def zipped(parts: Mapping[str, str | bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Make a zip archive."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", method) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return content.getvalue()


def relations(**targets: str) -> str:
    """Make a part that relates others: each name the last word of a relation, each value a target."""
    entries = "".join(
        f'<Relationship Id="r{at}" Type="{OFFICE}/{word}" Target="{target}"/>'
        for at, (word, target) in enumerate(targets.items())
    )
    return (
        f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{entries}</Relationships>'
    )


def word_parts(body: str | bytes, **others: str) -> dict[str, str | bytes]:
    """Make the parts of a Word document from the XML in its body; the others are named by their relation."""
    if isinstance(body, str):
        body = f'<w:document xmlns:w="{WORD}"><w:body>{body}</w:body></w:document>'
    parts = {
        "[Content_Types].xml": CONTENT_TYPES,
        "_rels/.rels": relations(officeDocument="word/document.xml"),
        "word/_rels/document.xml.rels": relations(**{word: f"{word}.xml" for word in others}),
        "word/document.xml": body,
    }
    return parts | {f"word/{word}.xml": part for word, part in others.items()}


def word_file(body: str | bytes, **others: str) -> bytes:
    """Make a Word document."""
    return zipped(word_parts(body, **others))


def paragraph(text: str, style: str = "") -> str:
    """Make a Word paragraph."""
    properties = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
    return f"<w:p>{properties}<w:r><w:t>{text}</w:t></w:r></w:p>"


def workbook_file(rows: str) -> bytes:
    """Make a workbook with one sheet, given the XML of its rows; the size it declares is a million empty ones."""
    sheet = f'<worksheet xmlns="{SHEET}"><dimension ref="A1:XFD1048576"/><sheetData>{rows}</sheetData></worksheet>'
    sheets = '<sheets><sheet name="Data" sheetId="1" r:id="r0"/></sheets>'
    overrides = (
        f'<Override PartName="/xl/workbook.xml" ContentType="{SHEET_TYPE}.sheet.main+xml"/>'
        f'<Override PartName="/xl/sheet1.xml" ContentType="{SHEET_TYPE}.worksheet+xml"/></Types>'
    )
    return zipped(
        {
            "[Content_Types].xml": CONTENT_TYPES.replace("</Types>", overrides),
            "_rels/.rels": relations(officeDocument="xl/workbook.xml"),
            "xl/workbook.xml": f'<workbook xmlns="{SHEET}" xmlns:r="{OFFICE}">{sheets}</workbook>',
            "xl/_rels/workbook.xml.rels": relations(worksheet="sheet1.xml"),
            "xl/sheet1.xml": sheet,
        }
    )


def pdf_file(*pages: str, title: str = "", trailer: str = "", form_value: str = "") -> bytes:
    """Make a PDF with a line of ASCII text on each page; an empty one leaves the page blank."""
    widget = 4 + 2 * len(pages)
    objects = [
        f"<< /Type /Catalog /Pages 2 0 R {f'/AcroForm << /Fields [{widget} 0 R] >>' if form_value else ''} >>",
        f"<< /Type /Pages /Kids [{' '.join(f'{4 + 2 * at} 0 R' for at in range(len(pages)))}] /Count {len(pages)} >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    annotations = f"/Annots [{widget} 0 R]" if form_value else ""
    for at, text in enumerate(pages):
        objects += [
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Resources << /Font << /F1 3 0 R >> >>"
            f" /Contents {5 + 2 * at} 0 R {annotations} >>",
            _stream(f"BT /F1 12 Tf 72 700 Td ({text}) Tj ET" if text else ""),
        ]
    if form_value:
        objects += [
            "<< /Type /Annot /Subtype /Widget /FT /Tx /T (name) /Rect [72 600 300 620] /F 4 /DA (/F1 12 Tf 0 g)"
            f" /V ({form_value}) /AP << /N {widget + 1} 0 R >> >>",
            _stream(
                f"BT /F1 12 Tf 2 5 Td ({form_value}) Tj ET",
                "/Type /XObject /Subtype /Form /BBox [0 0 228 20] /Resources << /Font << /F1 3 0 R >> >>",
            ),
        ]
    objects.append(f"<< /Title ({title}) >>")
    return _pdf_of(objects, trailer)


def ole_file(*streams: str) -> bytes:
    """Make what looks like an old Office file with streams of these names."""
    names = b"".join(name.encode("utf-16-le").ljust(128, b"\0") for name in streams)
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".ljust(512, b"\0") + names


def with_encrypted_members(archive: bytes) -> bytes:
    """Mark every member in the directory of an archive as encrypted."""
    content = bytearray(archive)
    at = content.find(b"PK\1\2")
    while at >= 0:
        content[at + 8] |= 1
        at = content.find(b"PK\1\2", at + 4)
    return bytes(content)


def with_declared_size(archive: bytes, size: int) -> bytes:
    """Let the last member's directory entry claim another size."""
    content = bytearray(archive)
    struct.pack_into("<L", content, content.rfind(b"PK\1\2") + 24, size)
    return bytes(content)


def _stream(content: str, extra: str = "") -> str:
    return f"<< /Length {len(content)} {extra} >>\nstream\n{content}\nendstream"


def _pdf_of(objects: list[str], trailer: str) -> bytes:
    content = "%PDF-1.7\n"
    offsets = []
    for number, definition in enumerate(objects, start=1):
        offsets.append(len(content))
        content += f"{number} 0 obj\n{definition}\nendobj\n"
    table = "".join(f"{offset:010d} 00000 n \n" for offset in offsets)
    size = len(objects) + 1
    root = f"<< /Size {size} /Root 1 0 R /Info {len(objects)} 0 R {trailer} >>"
    end = f"xref\n0 {size}\n0000000000 65535 f \n{table}trailer\n{root}\nstartxref\n{len(content)}\n%%EOF\n"
    return (content + end).encode("latin-1")
