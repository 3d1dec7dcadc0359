"""UTC days and months, in which limits count."""

from datetime import UTC, datetime, time, timedelta


def start_of_day() -> datetime:
    """Return when this UTC day began."""
    return datetime.combine(datetime.now(UTC).date(), time.min, tzinfo=UTC)


def start_of_month() -> datetime:
    """Return when this UTC month began."""
    return start_of_day().replace(day=1)


def next_day() -> datetime:
    """Return when the next UTC day begins."""
    return start_of_day() + timedelta(days=1)


def next_month() -> datetime:
    """Return when the next UTC month begins."""
    return (start_of_month() + timedelta(days=32)).replace(day=1)
