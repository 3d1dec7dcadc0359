"""Guessing among the encodings from before UTF-8, where the bytes alone do not decide.

A frequency-based detector is good with long texts and with Asian ones, and poor with a short French note: that "café"
is also valid Polish. So alphabets are asked first: in the right encoding, words are spelled with one alphabet.
"""

import re
from typing import NamedTuple

SAMPLE_BYTES = 65536
FALLBACK = "cp1252"
# Encodings that documents are really found in; the detector knows ninety, and the exotic ones win by accident.
_COMMON = (
    "cp932", "euc_jis_2004", "gb18030", "big5", "cp949", "cp1250", "cp1251", "cp1252", "cp1253", "cp1254", "cp1255",
    "cp1256", "cp874", "koi8_r", "cp866",
)  # fmt: skip
_PUNCTUATION = frozenset("¡¿«»“”„‘’‚–—…•·€£¥§©®™ºª°²³½×\xa0№")


class Alphabet(NamedTuple):
    """The letters beyond ASCII that texts in an encoding use, and whether ASCII letters stand among them."""

    encoding: str
    letters: frozenset[str]
    is_latin: bool


def _letters(lower: str) -> frozenset[str]:
    return frozenset(lower + lower.upper())


# In this order: Western European first, as by far the most common, Portuguese apart since its õ is Hungarian to others;
# Turkish before Icelandic, whose bytes it shares.
_ALPHABETS = (
    Alphabet("cp1252", _letters("àáâãäåæçèéêëìíîïñòóôöøœùúûüßÿ"), True),
    Alphabet("cp1252", _letters("àáâãçéêíóôõú"), True),
    Alphabet("cp1254", _letters("çğıöşüâîû") | {"İ"}, True),
    Alphabet("cp1252", _letters("áðéíóúýþæö"), True),
    Alphabet("cp1250", _letters("ąćęłńóśźżáčďéěíňřšťúůýžäôĺľŕöőüűăâîșțşţđß"), True),
    Alphabet("iso8859_2", _letters("ąćęłńóśźżáčďéěíňřšťúůýžäôĺľŕöőüűăâîşţđß"), True),
    Alphabet("cp1251", _letters("абвгдежзийклмнопрстуфхцчшщъыьэюяёіїєґў"), False),
    Alphabet("koi8_r", _letters("абвгдежзийклмнопрстуфхцчшщъыьэюяё"), False),
    Alphabet("cp1253", _letters("αβγδεζηθικλμνξοπρστυφχψωςάέήίόύώϊϋΐΰ"), False),
)
_WORD = re.compile(r"[^\W\d_]+")


def guess_legacy_encoding(data: bytes) -> str:
    """Guess the encoding of text that is neither UTF-8 nor UTF-16."""
    sample = _lines_beyond_ascii(data)
    for alphabet in _ALPHABETS:
        if _is_spelled_with(alphabet, sample.decode(alphabet.encoding, "replace")):
            return alphabet.encoding
    return _ask_detector(sample)


def _lines_beyond_ascii(data: bytes) -> bytes:
    """Take the lines that can tell, so that one accent at the end of a long file counts."""
    lines: list[bytes] = []
    taken = 0
    for line in data.splitlines():
        if not line.isascii():
            lines.append(line[:SAMPLE_BYTES])
            taken += len(line)
        if taken > SAMPLE_BYTES:
            break
    return b"\n".join(lines)


def _is_spelled_with(alphabet: Alphabet, text: str) -> bool:
    beyond = [character for character in text if not character.isascii()]
    strange = sum(character not in alphabet.letters and character not in _PUNCTUATION for character in beyond)
    if strange * 20 > len(beyond):
        return False
    words = [word for word in _WORD.findall(text) if not word.isascii()]
    natural = sum(_is_natural(word, alphabet) for word in words)
    return natural * 4 >= len(words) * 3


def _is_natural(word: str, alphabet: Alphabet) -> bool:
    """Tell whether a word has a usual case, and ASCII letters just where its alphabet has them."""
    has_ascii = any(character.isascii() for character in word)
    is_lower = word[1:] == word[1:].lower()
    if alphabet.is_latin:
        return (has_ascii or len(word) == 1) and (is_lower or word.isupper())
    # Capitals alone do not count here: KOI8-R and windows-1251 hold each other's small letters as capitals.
    return is_lower and not has_ascii


def _ask_detector(sample: bytes) -> str:
    from charset_normalizer import from_bytes

    best = from_bytes(sample, cp_isolation=list(_COMMON)).best()
    return best.encoding if best else FALLBACK
