"""Text for a terminal: columns that line up, whoever wrote what is in them, and nothing that could command it."""

import re
import unicodedata
from collections.abc import Iterator, Sequence

GAP = "  "
ELLIPSIS = "…"
# What a terminal obeys: sequences that end in a letter (colours, cursor), and those that end in BEL or ESC \ (titles).
COMMANDS = re.compile(r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]|(?:\x1b[\]PX^_]|[\x9d\x90]).*?(?:\x07|\x1b\\|\x9c|$)")
# Controls, changes of direction and other invisible marks, halves of characters.
UNPRINTABLE = {"Cc", "Cf", "Cs"}


def harmless(text: str) -> str:
    """Return what somebody wrote as one line that no terminal takes for a command."""
    line = " ".join(COMMANDS.sub("", text).split())
    return "".join(character for character in line if unicodedata.category(character) not in UNPRINTABLE)


def width_of(text: str) -> int:
    """Return how many columns a harmless text takes: two for wide characters, none for accents of their own."""
    return sum(columns_of(character) for character in text)


def columns_of(character: str) -> int:
    """Return how many columns one character takes."""
    if unicodedata.category(character) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in ("W", "F") else 1


def fit(text: str, width: int) -> str:
    """Cut a harmless text that is wider than this, and say so by an ellipsis."""
    if width_of(text) <= width:
        return text
    while width_of(text) >= width:
        text = text[:-1]
    return text + ELLIPSIS


def table(rows: Sequence[Sequence[object]], *, widths: Sequence[int]) -> Iterator[str]:
    """Yield lines of columns that are as wide as they need to be, and no wider than `widths`; numbers to the right."""
    cells = [[fit(cell(value), width) for value, width in zip(row, widths, strict=True)] for row in rows]
    actual = [max((width_of(row[column]) for row in cells), default=0) for column in range(len(widths))]
    for row, texts in zip(rows, cells, strict=True):
        padded = (
            pad(text, width, isinstance(value, int)) for value, text, width in zip(row, texts, actual, strict=True)
        )
        yield GAP.join(padded).rstrip()


def cell(value: object) -> str:
    """Write one value; what is not there is a dash."""
    return "-" if value is None or value == "" else harmless(str(value))


def pad(text: str, width: int, to_the_right: bool) -> str:
    """Fill a text up to a width."""
    filling = " " * (width - width_of(text))
    return filling + text if to_the_right else text + filling
