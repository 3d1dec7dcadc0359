"""UTC days and months, in which limits count, and quarters of an hour, of which every day is made."""

from datetime import UTC, datetime, time, timedelta

QUARTER, DAY = timedelta(minutes=15), timedelta(days=1)


def start_of(period: timedelta, moment: datetime) -> datetime:
    """Return when the quarter of an hour or the UTC day began that a moment is in."""
    return moment - (moment - datetime.fromtimestamp(0, UTC)) % period


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
