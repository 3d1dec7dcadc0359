"""Column types as the other side may have made them."""

import uuid
from copy import copy
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.expressions import Combinable, Expression
from django.db.models.functions import Cast
from django.db.models.lookups import Exact, In
from django.utils.dateparse import parse_datetime

from authbridge.shared.ids import as_sql, parse_uuid, stored_id


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


class HoldsIds:
    """A column of ids, a `uuid.UUID` each in Python; what is no UUID stays the text that it is, and names nobody here.

    Parameters go as plain text, which PostgreSQL takes for a uuid column and for a text one; a UUID fails against text.
    """

    if TYPE_CHECKING:
        # What django-stubs takes for the type of an attribute.
        _pyi_private_set_type: uuid.UUID | str | Combinable
        _pyi_private_get_type: uuid.UUID

    def from_db_value(self, value: Any, expression: Any, connection: BaseDatabaseWrapper) -> Any:
        """Read a uuid and a text alike."""
        return stored_id(value)

    def to_python(self, value: Any) -> Any:
        """Read what forms and fixtures hold."""
        return stored_id(value)

    def get_prep_value(self, value: Any) -> Any:
        """Write a UUID in its one spelling, however it was given."""
        value = super().get_prep_value(value)  # type: ignore[misc]
        return as_sql(parse_uuid(value) or value) if isinstance(value, str) else as_sql(value)


class TextIdField(HoldsIds, models.CharField):  # type: ignore[misc]  # Attributes are UUIDs, not texts.
    """An id that lives in a `uuid` or a `text` column."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 36)
        super().__init__(*args, **kwargs)

    def select_format(self, compiler: Any, sql: str, params: Any) -> tuple[str, Any]:
        """Hand ids on as text where another query compares with them: PostgreSQL compares no text with a uuid."""
        is_inner = compiler.query.subquery and compiler.connection.vendor == "postgresql"
        return (as_text(sql) if is_inner else sql), params


class CharIdField(HoldsIds, models.CharField):  # type: ignore[misc]  # Attributes are UUIDs, not texts.
    """An id of the other database in a text column of ours; to migrations it is a CharField."""

    def deconstruct(self) -> Any:
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.CharField", args, kwargs


class TextReferenceField(models.TextField):
    """A text column that may name a row elsewhere, whose id may be a uuid; to migrations it is a TextField."""

    def deconstruct(self) -> Any:
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.TextField", args, kwargs


class IdReferenceField(HoldsIds, TextReferenceField):  # type: ignore[misc]  # Attributes are UUIDs, not texts.
    """The id of a row elsewhere, in a text column."""


def as_text(sql: str) -> str:
    """Return SQL of a column whose value is text, whatever the column's type."""
    return f"CAST({sql} AS text)"


class ComparesIds:
    """Has PostgreSQL compare ids with ids by their text, since one of them may be a uuid and the other a text.

    With what can only be an id it compares as the column's type, by its index. What is no UUID is no row's id.
    """

    def as_postgresql(self, compiler: Any, connection: BaseDatabaseWrapper) -> tuple[str, Any]:
        """Write the comparison."""
        sides: Any = self
        values = sides.rhs if isinstance(sides.rhs, list | tuple | set) else [sides.rhs]
        if all(isinstance(value, str) and str(parse_uuid(value)) == value for value in values):
            return sides.as_sql(compiler, connection)
        by_text = copy(sides)
        by_text.lhs = Cast(sides.lhs, models.TextField())
        if isinstance(sides.rhs, Expression):
            by_text.rhs = Cast(sides.rhs, models.TextField())
        return by_text.as_sql(compiler, connection)


@TextIdField.register_lookup
@TextReferenceField.register_lookup
class IdExact(ComparesIds, Exact):
    """`id=…`."""


@TextIdField.register_lookup
@TextReferenceField.register_lookup
class IdIn(ComparesIds, In):
    """`id__in=…`."""


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
