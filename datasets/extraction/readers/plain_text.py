"""Plain text and source code, kept as they are."""

from pathlib import Path

from datasets.extraction.base import Extraction, Kind
from datasets.extraction.encodings import read_text


def read(path: Path, kind: Kind) -> Extraction:
    return Extraction(read_text(path).rstrip(), kind.mime_type)
