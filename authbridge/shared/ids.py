"""Ids in their one spelling."""

import uuid
from typing import Any


def new_id() -> str:
    """Return a fresh id."""
    return str(uuid.uuid4())


def parse_uuid(value: Any) -> str | None:
    """Return an id in its one spelling, or None when it is no UUID and so names nothing."""
    try:
        return str(uuid.UUID(str(value)))
    except ValueError:
        return None
