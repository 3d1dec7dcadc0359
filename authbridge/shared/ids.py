"""Ids: in Python a `uuid.UUID`, whatever column they lie in; as text in JSON, addresses and SQL of our own."""

import uuid
from collections.abc import Callable
from typing import Any


def new_id() -> uuid.UUID:
    """Return a fresh id."""
    return uuid.uuid4()


def parse_uuid(value: Any) -> uuid.UUID | None:
    """Return an id that came from outside, or None when it is no UUID and so names nothing."""
    if isinstance(value, uuid.UUID):
        return value
    try:
        return uuid.UUID(str(value))
    except ValueError:
        return None


def require_uuid(value: Any, otherwise: Callable[[], Exception]) -> uuid.UUID:
    """Return an id that came from outside; what is no UUID names nothing, which `otherwise` says."""
    id = parse_uuid(value)
    if id is None:
        raise otherwise()
    return id


def stored_id(value: Any) -> Any:
    """Return an id as a column gave it: a UUID, or as it stands where it is none in its one spelling.

    Such an id names nobody here: written as a UUID it would not be found again.
    """
    if value is None or isinstance(value, uuid.UUID):
        return value
    text = str(value)
    id = parse_uuid(text)
    return id if str(id) == text else text


def as_sql(value: Any) -> Any:
    """Return a parameter of SQL: an id as text, which PostgreSQL takes for a uuid column and for a text one."""
    return str(value) if isinstance(value, uuid.UUID) else value
