"""What a file is, at first sight."""

import random
import subprocess
import sys
from pathlib import Path

import pytest

from datasets.extraction import ExtractionError, detect_kind
from datasets.extraction.registry import KINDS
from tests.datasets.extraction.conftest import Written
from tests.datasets.extraction.files import ole_file, paragraph, pdf_file, with_encrypted_members, word_file, zipped

EXTENSIONS = sorted({extension for kind in KINDS for extension in kind.extensions} | {"", ".exe", ".unknown"})
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x02\0\0\0"


def refusal(path: Path, filename: str) -> ExtractionError:
    with pytest.raises(ExtractionError) as caught:
        detect_kind(path, filename)
    return caught.value


@pytest.mark.parametrize(
    ("content", "filename", "kind"),
    [
        (pdf_file("x"), "report.pdf", "pdf"),
        (pdf_file("x"), "report.docx", "pdf"),
        (b"\n\n" + pdf_file("x"), "report", "pdf"),
        (b"junk before " + pdf_file("x"), "report.pdf", "pdf"),
        (word_file(paragraph("x")), "letter.txt", "docx"),
        ("About %PDF-1.7 files.", "notes.txt", "text"),
        ("<!DOCTYPE html><p>x", "page.txt", "html"),
        ("<?xml version='1.0'?>\n<!-- a --><html xmlns='x'><body/></html>", "page.xml", "html"),
        ("<?xml version='1.0'?><note/>", "note", "xml"),
        ("# <html> in Markdown", "page.md", "markdown"),
        ("a,b\n1,2", "TABLE.CSV", "csv"),
        ('{"a": 1}', "a.jsonl", "jsonl"),
        ("print(1)", "a.py", "source"),
        ("BMW, RIFF and MZ begin this text.", "cars.txt", "text"),
        ("all: build", "Makefile", "text"),
        ("text", "name.unknown", "text"),
        ("text", "report.pdf", "text"),
    ],
)
def test_content_comes_first_and_the_name_second(
    write: Written, content: bytes | str, filename: str, kind: str
) -> None:
    assert detect_kind(write(content), filename).name == kind


@pytest.mark.parametrize(
    ("content", "filename", "code"),
    [
        (b"", "a.txt", "empty_document"),
        (b"", "a.pdf", "empty_document"),
        (b" \r\n\t\n" * 50, "a.txt", "empty_document"),
        (b"\xef\xbb\xbf", "a.csv", "empty_document"),
        ("\u200b\ufeff\u00a0".encode(), "a.txt", "empty_document"),
        (PNG, "a.txt", "unsupported_media_type"),
        (b"\x7fELF\2\1\1\0" + bytes(100), "a.docx", "unsupported_media_type"),
        (rb"{\rtf1\ansi Hello}", "a.rtf", "unsupported_media_type"),
        (ole_file("WordDocument"), "a.doc", "unsupported_media_type"),
        (zipped({"a.txt": "x"}), "a.zip", "unsupported_media_type"),
        (zipped({}), "a.docx", "unsupported_media_type"),
        (zipped({"mimetype": "application/epub+zip"}), "a.epub", "unsupported_media_type"),
        (zipped({"[Content_Types].xml": "", "xl/workbook.bin": ""}), "a.xlsx", "unsupported_media_type"),
        (ole_file("EncryptionInfo", "EncryptedPackage"), "a.docx", "password_protected"),
        (with_encrypted_members(word_file(paragraph("x"))), "a.docx", "password_protected"),
        (word_file(paragraph("x"))[:-30], "a.docx", "damaged_file"),
        (zipped({"word/document.xml": bytes(200_000_001)}), "a.docx", "expands_too_far"),
    ],
)
def test_what_can_never_become_text_is_refused_at_once(
    write: Written, content: bytes, filename: str, code: str
) -> None:
    assert refusal(write(content), filename).code == code


def test_a_refusal_is_a_sentence_without_a_path(write: Written) -> None:
    path = write(PNG)

    message = refusal(path, "picture.png").message

    assert message.endswith(".")
    assert "image" in message
    assert str(path) not in message


@pytest.mark.parametrize("extension", EXTENSIONS)
def test_random_bytes_are_refused_under_every_name(write: Written, extension: str) -> None:
    content = random.Random(extension).randbytes(5000)

    assert refusal(write(content), f"name{extension}").code == "unsupported_media_type"


def test_a_single_byte_is_text_if_it_can_be_seen(write: Written) -> None:
    assert detect_kind(write(b"a"), "a.txt").name == "text"
    assert refusal(write(b"\n"), "a.txt").code == "empty_document"
    assert refusal(write(b"\0"), "a.txt").code == "unsupported_media_type"


@pytest.mark.parametrize(
    "filename", ["", ".", "..", "名前.csv", "a\u202eslx.csv", "\ud800.csv", "a.CSV ", "x" * 5000, "\0"]
)
def test_odd_names_do_no_harm(write: Written, filename: str) -> None:
    expected = "csv" if ".csv" in filename.lower() else "text"

    assert detect_kind(write("a,b\n1,2"), filename).name == expected


def test_a_symbolic_link_is_read_like_its_target(write: Written, tmp_path: Path) -> None:
    link = tmp_path / "link.txt"
    link.symlink_to(write(pdf_file("x")))

    assert detect_kind(link, "link.txt").name == "pdf"


def test_a_missing_file_is_not_the_uploaders_fault(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        detect_kind(tmp_path / "gone", "gone.txt")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("start", ["<html>", "<html>a"])
def test_a_cut_character_at_the_end_of_the_sample_does_not_matter(write: Written, start: str, encoding: str) -> None:
    content = (start + "🙂 " * 50_000).encode(encoding)

    assert detect_kind(write(content), "a.txt").name == "html"


def test_importing_it_loads_no_library_and_no_django() -> None:
    heavy = {"django", "pypdfium2", "openpyxl", "selectolax", "defusedxml", "charset_normalizer", "docx", "pptx"}
    program = "import sys, datasets.extraction, datasets.extraction.sandbox; print(*sys.modules)"

    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()

    assert "datasets.extraction.sandbox" in loaded
    assert not heavy & set(loaded)
