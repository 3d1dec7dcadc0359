"""Column types as the other side may have made them."""

from datetime import UTC, datetime
from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils.dateparse import parse_datetime


def as_utc(value: Any) -> Any:
    """Read a timestamp that may be naive (UTC by agreement), aware, text or null as an aware UTC datetime."""
    if isinstance(value, str):
        value = parse_datetime(value)
    if not isinstance(value, datetime):
        return None
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def as_parameter(moment: datetime, connection: BaseDatabaseWrapper) -> Any:
    """Write a moment for a column with or without time zone, whatever zone the connection is in.

    PostgreSQL reads a text as its column's type, and of a bare one it ignores the offset; a datetime it would turn to
    the connection's zone first.
    """
    if connection.vendor == "postgresql":
        return moment.astimezone(UTC).isoformat(" ")
    return connection.ops.adapt_datetimefield_value(moment)


class TextIdField(models.CharField):
    """An id that lives in a `uuid` or a `text` column and is a `str` in Python.

    Parameters go as plain text, which PostgreSQL takes for either type; a UUID parameter fails against text.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 36)
        super().__init__(*args, **kwargs)

    def from_db_value(self, value: Any, expression: Any, connection: BaseDatabaseWrapper) -> str | None:
        """Read a UUID object or a text alike."""
        return None if value is None else str(value)


class UuidTextField(TextIdField):
    """A TextIdField whose column is a native `uuid` on PostgreSQL wherever we make it."""

    def db_type(self, connection: BaseDatabaseWrapper) -> str | None:
        return "uuid" if connection.vendor == "postgresql" else super().db_type(connection)


class UtcDateTimeField(models.DateTimeField):
    """A timestamp with or without time zone that always holds UTC."""

    def from_db_value(self, value: Any, expression: Any, connection: BaseDatabaseWrapper) -> datetime | None:
        return as_utc(value)

    def get_db_prep_value(self, value: Any, connection: BaseDatabaseWrapper, prepared: bool = False) -> Any:
        """Write a moment as UTC, for comparing with a naive value too."""
        value = value if prepared else self.get_prep_value(value)
        return as_parameter(value, connection) if isinstance(value, datetime) else value
