"""Fixtures for extraction: text in, file on the disk, text out."""

from collections.abc import Callable
from pathlib import Path

import pytest

from datasets.extraction import Extraction, ExtractionError, extract

Written = Callable[[bytes | str], Path]
Extracted = Callable[[bytes | str, str], Extraction]
Refused = Callable[[bytes | str, str], str]


@pytest.fixture
def write(tmp_path: Path) -> Written:
    """Write a file whose own name says nothing."""

    def write_file(content: bytes | str) -> Path:
        path = tmp_path / "upload"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write_file


@pytest.fixture
def extracted(write: Written) -> Extracted:
    """Extract content as if it had been uploaded under a name."""
    return lambda content, filename: extract(write(content), filename)


@pytest.fixture
def refused(extracted: Extracted) -> Refused:
    """Extract content that cannot be, and tell the error's code."""

    def refuse(content: bytes | str, filename: str) -> str:
        with pytest.raises(ExtractionError) as caught:
            extracted(content, filename)
        return caught.value.code

    return refuse
