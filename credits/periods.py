"""UTC days and months, in which limits count, and quarters of an hour, of which every day is made."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

from django.db.models import DateField, Func

QUARTER = timedelta(minutes=15)


def start_of_quarter(moment: datetime) -> datetime:
    """Return when the quarter of an hour began that a moment is in."""
    return moment - (moment - datetime.fromtimestamp(0, UTC)) % QUARTER


def start_of_day(moment: datetime | None = None) -> datetime:
    """Return when the UTC day of a moment began, or this one."""
    return datetime.combine((moment or datetime.now(UTC)).date(), time.min, tzinfo=UTC)


def start_of_month() -> datetime:
    """Return when this UTC month began."""
    return start_of_day().replace(day=1)


def next_day() -> datetime:
    """Return when the next UTC day begins."""
    return start_of_day() + timedelta(days=1)


def next_month() -> datetime:
    """Return when the next UTC month begins."""
    return (start_of_month() + timedelta(days=32)).replace(day=1)


class UtcDay(Func):
    """The UTC day of a time. Seconds since 1970 are the same whatever zone the column or the connection has."""

    template = "(DATE '1970-01-01' + FLOOR(DATE_PART('epoch', %(expressions)s) / 86400)::integer)"
    output_field = DateField()

    def as_sqlite(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        """Take it from the text, which is UTC."""
        return self.as_sql(compiler, connection, template="DATE(%(expressions)s)", **extra)
