"""Bytes become the characters their author saw."""

import random

import pytest

from datasets.extraction import ExtractionError
from datasets.extraction.encodings import decode

FRENCH = "Le café était déjà fermé. Où est la garçonnière ?\n"
RUSSIAN = "Привет, мир. Это короткий текст на русском языке.\n"
JAPANESE = "これは日本語のテキストです。東京都に住んでいます。\n"
CHINESE = "这是一个中文文本，用于测试编码检测。我们在北京。\n"
SHORT = {
    "é alone": ("café", "latin-1"),
    "capitals": ("ÉCOLE FRANÇAISE À PARIS", "latin-1"),
    "typographic quotes": ("He said “hello” – it’s fine… €5", "cp1252"),
    "signs": ("Preis: 5 € ± 3 µm bei 20 °C, weiß", "cp1252"),
    "names in a table": ("name;stadt\nMüller;Köln\nJosé;São Paulo", "latin-1"),
    "Spanish": ("¿Dónde está el niño? ¡Mañana!", "latin-1"),
    "Italian": ("Perché non c'è più città così lunedì.", "latin-1"),
    "Danish": ("Rødgrød med fløde på åen, æbler.", "latin-1"),
    "Portuguese": ("Não há informações sobre o coração.", "latin-1"),
    "Icelandic": ("Það er fallegt veður á Íslandi í dag.", "latin-1"),
    "Turkish": ("İstanbul'da yaşıyorum, güneşli bir gün ve çok şey öğrendim.", "cp1254"),
    "Polish": ("Zażółć gęślą jaźń. Łódź jest piękna.", "cp1250"),
    "Polish, ISO": ("Zażółć gęślą jaźń. Łódź jest piękna.", "iso8859-2"),
    "Czech": ("Příliš žluťoučký kůň úpěl ďábelské ódy.", "cp1250"),
    "Hungarian": ("Árvíztűrő tükörfúrógép, őszi szél.", "cp1250"),
    "Russian": (RUSSIAN, "cp1251"),
    "Russian, KOI8": (RUSSIAN, "koi8-r"),
    "Greek": ("Καλημέρα κόσμε, αυτό είναι ένα κείμενο.", "cp1253"),
    "Japanese": (JAPANESE, "cp932"),
    "Japanese, EUC": (JAPANESE, "euc_jp"),
    "Japanese, 7 bits": (JAPANESE, "iso2022_jp"),
    "Japanese names": ("名前,年齢,住所\r\n佐藤太郎,30,東京\r\n髙橋淳,35,名古屋\r\n", "cp932"),
    "Chinese": (CHINESE, "gb18030"),
    "Chinese, Taiwan": ("這是一個中文文本，用於測試編碼檢測。我們在台北。", "big5"),
    "Korean": ("이것은 한국어 텍스트입니다. 서울에 살고 있습니다.", "cp949"),
}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
@pytest.mark.parametrize("text", [FRENCH, RUSSIAN, JAPANESE, CHINESE, "plain\nASCII\n", "👋🏽 and 👨‍👩‍👧\n"])
def test_unicode_is_read_with_and_without_a_mark(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding)) == text


@pytest.mark.parametrize(("text", "encoding"), SHORT.values(), ids=SHORT)
def test_a_short_text_in_an_old_encoding_keeps_its_letters(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding)) == text


def test_an_accent_far_down_in_a_long_file_counts() -> None:
    text = "plain words\n" * 100_000 + FRENCH

    assert decode(text.encode("latin-1")) == text


def test_a_broken_byte_does_not_turn_utf8_into_gibberish() -> None:
    assert decode((FRENCH * 20).encode() + b"\xff") == FRENCH * 20 + "\ufffd"


def test_a_declared_encoding_is_believed_where_it_fits() -> None:
    assert decode("Łódź".encode("iso8859-2"), "ISO-8859-2") == "Łódź"
    assert decode("髙橋".encode("cp932"), "shift_jis") == "髙橋"
    assert decode("“x”".encode("cp1252"), "iso-8859-1") == "“x”"
    assert decode("日本語".encode("iso2022_jp"), "iso-2022-jp") == "日本語"


@pytest.mark.parametrize("declared", ["no-such-codec", "ascii", "rot13", "base64", "utf-16", "idna", "x" * 1000])
def test_a_declared_encoding_is_ignored_where_it_does_not_fit(declared: str) -> None:
    assert decode("déjà vu".encode(), declared) == "déjà vu"


def test_a_few_nul_bytes_in_a_text_are_tolerated() -> None:
    assert decode(b"find\0print0\0output\nis text\n" * 10).count("\0") == 20


def test_a_stray_nul_does_not_turn_latin_letters_into_ideographs() -> None:
    text = "Le cafe est ferme. " * 20 + "Ou est-il ?\0 La garconniere est fermée, dit-on."

    assert decode(text.encode("latin-1")) == text


def test_a_script_with_a_program_behind_it_is_binary() -> None:
    with pytest.raises(ExtractionError, match="binary"):
        decode(b"#!/bin/sh\n" * 10_000 + random.Random(1).randbytes(1_000_000))


@pytest.mark.parametrize("data", [bytes(100), bytes(range(256)) * 4, random.Random(1).randbytes(1000)])
def test_binary_data_is_refused(data: bytes) -> None:
    with pytest.raises(ExtractionError, match="binary"):
        decode(data)
