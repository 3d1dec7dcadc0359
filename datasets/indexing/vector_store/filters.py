"""Milvus filter expressions.

The embedded engine has no filter parameters, so literals are written into the expression: every one of them is
a validated UUID, a validated chunk id or an integer, and nothing else may enter.
"""

from collections.abc import Iterable, Sequence

from datasets.indexing.vector_store.base import check_uuid, parse_chunk_id

# All that chunk ids are made of, in the order in which they are sorted.
ALPHABET = "-.0123456789abcdef"


def in_dataset(dataset_id: str, document_ids: Sequence[str] | None = None) -> str:
    """Match the chunks of a dataset, or only those of some of its documents."""
    expression = f'dataset_id == "{check_uuid(dataset_id)}"'
    if document_ids is None:
        return expression
    return f"{expression} and document_id in {_list(check_uuid(value) for value in document_ids)}"


def matching(
    *,
    dataset_id: str | None = None,
    document_id: str | None = None,
    version: int | None = None,
    document_ids: Sequence[str] | None = None,
) -> str:
    """Match the chunks that agree with all that is given; empty if nothing is."""
    parts = []
    if dataset_id is not None:
        parts.append(f'dataset_id == "{check_uuid(dataset_id)}"')
    if document_id is not None:
        parts.append(f'document_id == "{check_uuid(document_id)}"')
    if version is not None:
        parts.append(f"version == {int(version)}")
    if document_ids is not None:
        parts.append(f"document_id in {_list(check_uuid(value) for value in document_ids)}")
    return " and ".join(parts)


def beginning_with(prefix: str) -> str:
    """Match the chunks whose ids begin like this, or are this; empty for no prefix."""
    if not prefix:
        return ""
    if not set(prefix) <= set(ALPHABET):
        raise ValueError(f"No chunk id begins with {prefix!r}.")
    return f'chunk_id >= "{prefix}" and chunk_id < "{prefix[:-1]}{chr(ord(prefix[-1]) + 1)}"'


def exactly(chunk_id: str) -> str:
    """Match the chunk whose id this is, or nothing where it is only how ids begin."""
    beginning_with(chunk_id)
    return f'chunk_id == "{chunk_id}"'


def both(*expressions: str) -> str:
    """Match what matches all of these; empty ones match everything."""
    return " and ".join(expression for expression in expressions if expression)


def index_window(*, document_id: str, version: int, start: int, stop: int) -> str:
    """Match one version's chunks with start <= chunk_index < stop."""
    document = matching(document_id=document_id, version=version)
    return f"{document} and chunk_index >= {int(start)} and chunk_index < {int(stop)}"


def with_chunk_ids(chunk_ids: Iterable[str]) -> str:
    """Match exactly these chunks."""
    return f"chunk_id in {_list(_checked_chunk_id(value) for value in chunk_ids)}"


def _checked_chunk_id(value: str) -> str:
    parse_chunk_id(value)
    return value


def _list(values: Iterable[str]) -> str:
    return "[" + ", ".join(f'"{value}"' for value in values) + "]"
