"""Word documents to Markdown."""

import io

import docx
import pytest

from tests.datasets.extraction.conftest import Extracted, Refused
from tests.datasets.extraction.files import CONTENT_TYPES, WORD, paragraph, relations, word_file, word_parts, zipped

STRICT = "http://purl.oclc.org/ooxml/wordprocessingml/main"
MC = 'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'


def notes(kind: str, text: str) -> str:
    separator = f'<w:{kind} w:type="separator" w:id="0"><w:p/></w:{kind}>'
    return f'<w:{kind}s xmlns:w="{WORD}">{separator}<w:{kind} w:id="2">{paragraph(text)}</w:{kind}></w:{kind}s>'


def test_a_document_of_words_own_making_reads_in_order(extracted: Extracted) -> None:
    document = docx.Document()
    document.core_properties.title = "The plan"
    document.add_heading("Goals", level=2)
    document.add_paragraph("Grow.")
    document.add_paragraph("wheat", style="List Bullet")
    document.add_paragraph("rye", style="List Bullet")
    table = document.add_table(rows=2, cols=2)
    for cell, text in zip((c for row in table.rows for c in row.cells), ("Crop", "Tons", "Wheat", "12"), strict=True):
        cell.text = text
    document.sections[0].header.paragraphs[0].text = "Confidential"
    content = io.BytesIO()
    document.save(content)

    extraction = extracted(content.getvalue(), "plan.docx")

    assert extraction.text == (
        "Confidential\n\n## Goals\n\nGrow.\n\n- wheat\n- rye\n\n| Crop | Tons |\n| --- | --- |\n| Wheat | 12 |"
    )
    assert extraction.title == "The plan"
    assert extraction.is_markdown


def test_headings_are_known_by_outline_and_by_the_style_they_are_based_on(extracted: Extracted) -> None:
    styles = (
        f'<w:styles xmlns:w="{WORD}"><w:style w:styleId="berschrift3"><w:name w:val="heading 3"/></w:style>'
        '<w:style w:styleId="Mine"><w:name w:val="Mine"/><w:basedOn w:val="berschrift3"/></w:style>'
        '<w:style w:styleId="Round"><w:basedOn w:val="Round"/></w:style></w:styles>'
    )
    outlined = '<w:p><w:pPr><w:outlineLvl w:val="0"/></w:pPr><w:r><w:t>Top</w:t></w:r></w:p>'

    text = extracted(
        word_file(outlined + paragraph("Low", "Mine") + paragraph("x", "Round"), styles=styles), "a.docx"
    ).text

    assert text == "# Top\n\n### Low\n\nx"


def test_foot_and_endnotes_stand_at_the_end_where_their_marks_point(extracted: Extracted) -> None:
    body = '<w:p><w:r><w:t>Text</w:t><w:footnoteReference w:id="2"/><w:endnoteReference w:id="2"/></w:r></w:p>'

    text = extracted(word_file(body, footnotes=notes("footnote", "below"), endnotes=notes("endnote", "last")), "a").text

    assert text == "Text[^2][^e2]\n\n[^2]: below\n\n[^e2]: last"


def test_headers_that_repeat_are_read_once(extracted: Extracted) -> None:
    header = f'<w:hdr xmlns:w="{WORD}">{paragraph("Top")}</w:hdr>'
    parts = word_parts(paragraph("Text")) | {"word/h1.xml": header, "word/h2.xml": header}
    related = relations(header="h1.xml").replace(
        "</Relationships>", relations(header="h2.xml").partition(">")[2].replace('"r0"', '"r1"')
    )

    assert extracted(zipped(parts | {"word/_rels/document.xml.rels": related}), "a.docx").text == "Top\n\nText"


def test_nested_tables_keep_their_place_and_frames_are_no_tables(extracted: Extracted) -> None:
    def table(*cells: str) -> str:
        return f"<w:tbl><w:tr>{''.join(f'<w:tc>{cell}</w:tc>' for cell in cells)}</w:tr></w:tbl>"

    inner = table(paragraph("b"), paragraph("c"))
    outer = table(paragraph("a"), inner + paragraph("d"))

    assert extracted(word_file(table(paragraph("one") + paragraph("two")) + outer), "a.docx").text == (
        "one\n\ntwo\n\n| a | b; c d |\n| --- | --- |"
    )


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("<w:p><w:ins><w:r><w:t>new</w:t></w:r></w:ins><w:del><w:r><w:t>old</w:t></w:r></w:del></w:p>", "new"),
        (f"<w:sdt><w:sdtContent>{paragraph('in a control')}</w:sdtContent></w:sdt>", "in a control"),
        ("<w:p><w:hyperlink><w:r><w:t>link</w:t></w:r></w:hyperlink></w:p>", "link"),
        ("<w:p><w:r><w:instrText>PAGE</w:instrText><w:t>7</w:t></w:r></w:p>", "7"),
        ("<w:p><w:r><w:t>a</w:t><w:tab/><w:t>b</w:t><w:br/><w:t>c</w:t><w:noBreakHyphen/></w:r></w:p>", "a\tb\nc-"),
        (f"<w:p><w:r><w:pict><w:txbxContent>{paragraph('boxed')}</w:txbxContent></w:pict><w:t>out</w:t></w:r></w:p>",
         "out\n\nboxed"),
        (f"<w:p {MC}><mc:AlternateContent><mc:Choice><w:t>one</w:t></mc:Choice><mc:Fallback><w:t>two</w:t>"
         "</mc:Fallback></mc:AlternateContent></w:p>", "one"),
        ('<w:p><w:r><w:drawing><w:docPr descr="a red barn"/></w:drawing></w:r></w:p>', "[a red barn]"),
        ("<w:p><w:ruby><w:rt><w:t>とう</w:t></w:rt><w:rubyBase><w:t>東</w:t></w:rubyBase></w:ruby></w:p>", "東"),
    ],
)  # fmt: skip
def test_text_is_found_wherever_word_puts_it(extracted: Extracted, body: str, text: str) -> None:
    assert extracted(word_file(body), "a.docx").text == text


def test_the_strict_dialect_and_macros_are_read_too(extracted: Extracted) -> None:
    strict = {name: str(part).replace(WORD, STRICT) for name, part in word_parts(paragraph("strict")).items()}
    macros = word_parts(paragraph("macros")) | {"word/vbaProject.bin": "\0\1"}

    assert extracted(zipped(strict), "a.docx").text == "strict"
    assert extracted(zipped(macros), "a.docm").text == "macros"


def test_parts_that_are_missing_or_elsewhere_do_not_matter(extracted: Extracted) -> None:
    parts = word_parts(paragraph("here"), header=f'<w:hdr xmlns:w="{WORD}">{paragraph("Top")}</w:hdr>')
    related = relations(footer="NULL", endnotes="../../../etc/passwd", footnotes="", header="/WORD/Header.xml")

    assert extracted(zipped(parts | {"word/_rels/document.xml.rels": related}), "a.docx").text == "Top\n\nhere"


def test_a_document_without_words_is_empty(refused: Refused) -> None:
    assert refused(word_file("<w:p/><w:sectPr/>"), "a.docx") == "empty_document"


def test_a_package_without_a_document_is_damaged(refused: Refused) -> None:
    assert refused(zipped({"[Content_Types].xml": CONTENT_TYPES, "word/other.xml": "<a/>"}), "a.docx") == "damaged_file"
