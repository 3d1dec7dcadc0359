"""Files made to harm: each is refused or read, and nothing but `ExtractionError` ever comes out."""

import random
import re
import tracemalloc
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from datasets.extraction import ExtractionError, detect_kind, extract, packages
from tests.datasets.extraction.conftest import Extracted, Refused, Written
from tests.datasets.extraction.files import (
    WORD,
    paragraph,
    pdf_file,
    with_declared_size,
    word_file,
    word_parts,
    workbook_file,
    zipped,
)

NEVER_IN_TEXT = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
SAMPLES = {
    "a.pdf": pdf_file("Page one", "Page two"),
    "a.docx": word_file(paragraph("word") * 50),
    "a.xlsx": workbook_file('<row r="1"><c r="A1"><v>5</v></c></row>'),
    "a.html": b"<h1>Title</h1><table><tr><td>1<td>2</table><p>Text",
    "a.json": b'{"a": [1, {"b": "text"}]}',
    "a.ipynb": b'{"cells": [{"cell_type": "code", "source": ["x"], "outputs": []}], "metadata": {}}',
    "a.xml": b"<?xml version='1.0'?><a><b c='d'>text</b></a>",
    "a.csv": "Name,City\nZoë,Köln\n".encode("latin-1"),
    "a.md": "---\ntitle: é\n---\n# Text".encode(),
    "a.txt": "Привет, мир".encode("utf-16"),
}


def outcome(path: Path, filename: str) -> tuple[str, str]:
    """Extract a file; its text, or else the error's code."""
    try:
        detect_kind(path, filename)
        return extract(path, filename).text, ""
    except ExtractionError as error:
        return "", error.code


@contextmanager
def peak_of_memory() -> Iterator[Callable[[], int]]:
    """Watch how many bytes Python holds at most."""
    tracemalloc.start()
    try:
        yield lambda: tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def mutations(seed: int) -> Iterator[tuple[bytes, str]]:
    """Change, cut, grow and rename samples at random, the same way for the same seed."""
    chance = random.Random(seed)
    for _ in range(60):
        content = bytearray(chance.choice(list(SAMPLES.values())))
        at = chance.randrange(len(content))
        match chance.randrange(4):
            case 0:
                content = content[:at]
            case 1:
                content[at:at] = chance.randbytes(chance.choice((1, 10, 100)))
            case 2:
                for _ in range(chance.choice((1, 5, 50))):
                    content[chance.randrange(len(content))] = chance.randrange(256)
            case 3:
                content = bytearray(chance.randbytes(chance.choice((1, 2, 10, 1000))))
        yield bytes(content), chance.choice(list(SAMPLES))


@pytest.mark.parametrize("seed", range(10))
def test_only_clean_text_or_an_extraction_error_comes_out(write: Written, seed: int) -> None:
    for content, filename in mutations(seed):
        path = write(content)
        text, code = outcome(path, filename)
        assert code != "extraction_crashed"
        assert bool(text.strip()) == (not code)
        assert not NEVER_IN_TEXT.search(text)


@pytest.mark.parametrize("filename", SAMPLES)
def test_a_file_cut_anywhere_is_read_or_refused(write: Written, filename: str) -> None:
    content = SAMPLES[filename]
    for tenth in range(10):
        text, code = outcome(write(content[: len(content) * tenth // 10]), filename)
        assert code in ("", "damaged_file", "empty_document", "unsupported_media_type")
        assert bool(text.strip()) == (not code)


def test_an_archive_that_lies_about_a_size_is_damaged_and_not_unpacked(refused: Refused) -> None:
    content = with_declared_size(zipped(word_parts(paragraph("A" * 50_000_000))), 100)

    with peak_of_memory() as peak:
        assert refused(content, "a.docx") == "damaged_file"
        assert peak() < 5_000_000


def test_more_members_than_any_document_has_are_refused_before_they_are_listed(
    refused: Refused, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = zipped(word_parts(paragraph("x")) | {f"word/{number}.xml": "" for number in range(100)})
    monkeypatch.setattr(packages, "MAX_MEMBERS", 100)
    monkeypatch.setattr(packages.zipfile, "ZipFile", lambda file: pytest.fail("They were listed."))

    assert refused(content, "a.docx") == "expands_too_far"


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_packing_methods_without_a_bound_are_refused(refused: Refused, method: int) -> None:
    assert refused(zipped(word_parts(paragraph("x")), method), "a.docx") == "damaged_file"


@pytest.mark.parametrize(
    "declaration",
    ["<!DOCTYPE x>", "<!DOCTYPE x [<!ENTITY a 'lol'>]>", "<!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/hostname'>]>"],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "utf-16-le"])
def test_document_types_are_refused_in_every_encoding(refused: Refused, declaration: str, encoding: str) -> None:
    body = f'{declaration}<w:document xmlns:w="{WORD}"><w:body>{paragraph("x")}</w:body></w:document>'

    assert refused(word_file(body.encode(encoding)), "a.docx") == "unsafe_xml"


@pytest.mark.parametrize("padding", ["", " " * 1000])
def test_encodings_that_could_hide_a_document_type_are_refused(refused: Refused, padding: str) -> None:
    body = f'<?xml version="1.0" {padding} encoding="UTF-7"?>+ADwAIQ-DOCTYPE x+AD4-'

    assert refused(word_file(body.encode()), "a.docx") == "unsafe_xml"


def test_utf16_without_harm_is_read(extracted: Extracted) -> None:
    body = f'<?xml version="1.0" encoding="UTF-16"?><w:document xmlns:w="{WORD}">{paragraph("déjà")}</w:document>'

    assert extracted(word_file(body.encode("utf-16")), "a.docx").text == "déjà"


def test_libraries_see_neither_pictures_nor_the_archive_itself(write: Written) -> None:
    content = word_parts(paragraph("x")) | {"word/media/image1.png": b"\x89PNG" * 1000}

    package = packages.open_package(write(zipped(content)))

    with zipfile.ZipFile(package) as archive:
        assert archive.read("word/media/image1.png") == b""
        assert all(member.compress_type == zipfile.ZIP_STORED for member in archive.infolist())


def test_tables_within_tables_without_end_are_damaged(refused: Refused) -> None:
    depth = 5000
    body = "<w:tbl><w:tr><w:tc>" * depth + paragraph("x") + "</w:tc></w:tr></w:tbl>" * depth

    assert refused(word_file(body), "a.docx") == "damaged_file"
