"""Real files from the wild, where they are at hand: what each must give is written in their manifest."""

import json
import os
import unicodedata
from pathlib import Path
from typing import Any

import pytest

from datasets.extraction import ExtractionError, extract

PROJECT = Path(__file__).parents[3]
FILES = Path(os.environ.get("FLTR_TEST_DATA") or PROJECT.parent / "shared" / "data") / "files"
MANIFEST = FILES / "manifest.json"
ENTRIES: list[dict[str, Any]] = json.loads(MANIFEST.read_text()) if MANIFEST.exists() else []
REFUSALS = {
    "no-text": {"no_text_layer"},
    "empty": {"empty_document"},
    "empty: say so": {"empty_document"},
    "refuse: empty": {"empty_document"},
    "refuse: password": {"password_protected"},
    "refuse: binary": {"unsupported_media_type"},
    "refuse: expands too far": {"expands_too_far"},
    "refuse; no expansion": {"unsafe_xml"},
    "must not read the file": {"unsafe_xml"},
    "clean error": {"damaged_file"},
    "clean error or partial text": {"damaged_file", ""},
}
CONTENT = {
    "mk_test.pdf": "Large language models",
    "mk_repair_multipage.pdf": "RO-20221108",
    "mk_test.docx": "# Abstract",
    "mk_complex_layout.docx": "| Authentication | Active |",
    "mk_test.pptx": "1b92870d-e3b5-4e65-8153-919f4ff45592",
    "mk_complex.xlsx": "Month: Feb; Sales: 1200",
    "mk_blog.html": "## Experiment Setup",
    "mk_wikipedia.html": "Microsoft Corporation is an American multinational",
    "mk_cp932.csv": "名前: 髙橋淳; 年齢: 35; 住所: 名古屋",
    "mk_test.json": "key3: list_value1, list_value2",
    "mk_notebook.ipynb": "# comment in code\nprint(42)",
    "mk_rss.xml": "## Ignite 2024: Why nearly 70% of the Fortune 500",
    "pp_multilang.pdf": "你好世界",
    "enc_r6_empty_password.pdf": "pdf encryption test",
    "dx_table_nested.docx": "| T2 |",
    "poi_footnotes.docx": "[^1]: snoska",
    "pdf_named.docx": "Large language models",
    "latin1.txt": "Le café était déjà fermé. L'été à Besançon",
    "utf-16.txt": "Le café était déjà fermé; l’été à Besançon",
    "nul_bytes.txt": "hello world needle  end",
}

pytestmark = pytest.mark.skipif(not ENTRIES, reason="No test data beside the project: real files were not read.")


def outcome(filename: str) -> tuple[str, str]:
    """Extract a file; its text, or else the error's code."""
    try:
        return extract(FILES / filename, filename).text, ""
    except ExtractionError as error:
        return "", error.code


@pytest.mark.parametrize("entry", ENTRIES, ids=[entry["file"] for entry in ENTRIES])
def test_each_file_gives_what_its_manifest_expects(entry: dict[str, Any]) -> None:
    text, code = outcome(entry["file"])

    assert code in REFUSALS.get(entry["expect"], {""})
    assert bool(text) == (not code)
    assert CONTENT.get(entry["file"], "") in text


def test_a_pdf_gives_the_words_of_its_expected_text() -> None:
    expected = (FILES / "pp_crazyones.txt").read_text()

    text, _ = outcome("pp_crazyones.pdf")

    assert text.split() == unicodedata.normalize("NFKC", expected).split()


def test_a_hidden_file_is_not_read_through_an_entity() -> None:
    text, _ = outcome("xxe.docx")

    assert not text


def test_navigation_around_an_article_is_left_out() -> None:
    text, _ = outcome("mk_wikipedia.html")

    assert "Jump to content" not in text
    assert text.startswith("# Microsoft")
