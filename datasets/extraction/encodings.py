"""Bytes to text: byte order marks, UTF-8, UTF-16 without a mark, and the old 8-bit and Asian encodings."""

import codecs
import re
import unicodedata
from pathlib import Path

from datasets.extraction.base import ExtractionError
from datasets.extraction.cleaning import clean_text
from datasets.extraction.legacy_encodings import guess_legacy_encoding
from datasets.extraction.registry import names_of_kinds

SAMPLE_BYTES = 65536

# UTF-32 comes first, since its mark begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# What people mean by the labels they write, after the WHATWG's encoding standard.
_MEANT = {
    "iso8859-1": "cp1252",
    "ascii": "cp1252",
    "iso8859-9": "cp1254",
    "shift_jis": "cp932",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "euc_kr": "cp949",
    "tis-620": "cp874",
}
_ISO_2022_JP = re.compile(rb"\x1b\$[@B]")
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f-\x9f]")
_CONTROL_BYTES = bytes(code for code in range(32) if chr(code) not in "\t\n\v\f\r\x1b")


def read_text(path: Path, declared: str | None = None) -> str:
    """Read a whole text file, clean enough to keep."""
    return clean_text(decode(path.read_bytes(), declared))


def decode(data: bytes, declared: str | None = None) -> str:
    """Decode a whole text, in the encoding it declares if that fits; binary data is refused."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data.decode(encoding, "replace")
    text = _decode_declared(data, declared) if declared else None
    return text if text is not None else data.decode(guess_encoding(data), "replace")


def guess_encoding(data: bytes) -> str:
    """Guess the encoding of text without a mark, or refuse it as binary."""
    if _ISO_2022_JP.search(data) and data.isascii():
        return "iso2022_jp"
    if _is_mostly_utf8(data):
        return "utf-8"
    # In UTF-16, spaces and line ends alone make a NUL of every hundredth byte.
    if data.count(0) * 200 > len(data) and (encoding := _guess_utf16(data[:SAMPLE_BYTES])):
        return encoding
    if count_controls(data) * 50 > len(data):
        raise binary_file()
    return guess_legacy_encoding(data)


def count_controls(data: bytes) -> int:
    """Count the bytes that are rare in text and plenty in anything else."""
    return len(data) - len(data.translate(None, _CONTROL_BYTES))


def binary_file() -> ExtractionError:
    """Say that there is no text in these bytes."""
    return ExtractionError(
        "unsupported_media_type", f"This is a binary file, not a document. Upload {names_of_kinds('or')}."
    )


def _decode_declared(data: bytes, declared: str) -> str | None:
    """Decode what is not UTF-8 as declared; UTF-8 under another label is common, the reverse does not happen."""
    try:
        if not data.isascii():
            return data.decode()
    except UnicodeDecodeError:
        pass
    try:
        name = codecs.lookup(declared).name
        text = data.decode(_MEANT.get(name, name))
    except (LookupError, UnicodeError, ValueError):
        return None
    return text if isinstance(text, str) and "\0" not in text else None


def _is_mostly_utf8(data: bytes) -> bool:
    """Tell whether data is UTF-8: a stray byte may be wrong, and a NUL may slip in, but no more than that."""
    text = data.decode("utf-8", "replace")
    wrong = text.count("\ufffd")
    multibyte = len(data) - len(text) + wrong  # At least one for each character beyond ASCII.
    if wrong and wrong * 10 > multibyte:
        return False
    sample = text[:SAMPLE_BYTES]
    return len(_CONTROLS.findall(sample)) * 6 <= len(sample)


def _guess_utf16(sample: bytes) -> str | None:
    """Find the byte order in which the sample reads as assigned characters of few scripts, if there is one."""
    sample = sample[: len(sample) // 2 * 2]
    candidates = []
    for encoding in ("utf-16-le", "utf-16-be"):
        # The sample may end between the halves of a character.
        text = sample.decode(encoding, "replace").removesuffix("\ufffd")
        if text and not _CONTROLS.search(text) and all(_is_assigned(character) for character in set(text)):
            scripts = {ord(character) >> 8 for character in text}
            candidates.append((len(scripts), encoding))
    return min(candidates)[1] if candidates else None


def _is_assigned(character: str) -> bool:
    return character != "\ufffd" and unicodedata.category(character) not in ("Cn", "Co", "Cs")
