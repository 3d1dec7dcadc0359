"""Jupyter notebooks as Markdown: text, code and what the code printed."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from datasets.extraction.base import Extraction, Kind
from datasets.extraction.cleaning import clean_text, tidy_text
from datasets.extraction.encodings import read_text
from datasets.extraction.readers.json_values import parse_json
from datasets.extraction.readers.markdown import find_title


def read(path: Path, kind: Kind) -> Extraction:
    notebook = parse_json(read_text(path))
    metadata = notebook.get("metadata", {})
    language = metadata.get("kernelspec", {}).get("language", "")
    # Before version 4 the cells lay in worksheets.
    sheets = notebook.get("worksheets", [notebook])
    blocks = [block for sheet in sheets for cell in sheet.get("cells", []) for block in _read_cell(cell, language)]
    text = tidy_text("\n\n".join(blocks))
    return Extraction(text, kind.mime_type, is_markdown=True, title=metadata.get("title") or find_title(text))


def _read_cell(cell: dict[str, Any], language: str) -> Iterator[str]:
    source = _text(cell.get("source", cell.get("input", "")))
    if cell.get("cell_type") != "code":
        yield source
        return
    if source.strip():
        yield f"```{language}\n{source}\n```"
    for output in cell.get("outputs", []):
        if printed := _read_output(output):
            yield f"```\n{printed}\n```"


def _read_output(output: dict[str, Any]) -> str:
    """Read printed text and plain results; pictures and tracebacks say nothing to a reader."""
    return _text(output.get("text") or output.get("data", {}).get("text/plain", "")).rstrip()


def _text(lines: Any) -> str:
    return clean_text("".join(map(str, lines)) if isinstance(lines, list) else str(lines))
