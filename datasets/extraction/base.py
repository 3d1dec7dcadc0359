"""What extraction speaks in: kinds of files, the text with its pages, and the one error."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


class ExtractionError(Exception):
    """A file that cannot become text: a code for programs, a sentence for the person who uploaded it."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message

    def __str__(self) -> str:
        return self.message


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of file: `reader` names the module in `readers` whose `read(path, kind)` turns it into text."""

    name: str
    mime_type: str
    reader: str
    extensions: tuple[str, ...] = ()
    title: str = ""  # What people call it, if that is not its name in capitals.


@dataclass(frozen=True, slots=True)
class PageSpan:
    """Where page `number` (from 1) lies: character offsets into `Extraction.text`, the end excluded."""

    number: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Extraction:
    """The text of a file, clean enough for any database column, and where its pages lie in it."""

    text: str
    mime_type: str
    pages: tuple[PageSpan, ...] = ()
    is_markdown: bool = False
    title: str | None = None


Reader = Callable[[Path, Kind], Extraction]
