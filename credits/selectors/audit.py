"""Reads of the audit trail."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db.models import QuerySet

from credits.models import AuditAction, AuditEntry
from credits.selectors.entries import all_values

AUDIT_COLUMNS = (
    "id", "created_at", "action", "actor_type", "actor", "place", "subject_type", "subject_id", "user_id", "before",
    "after", "details",
)  # fmt: skip


def audit_entries(*, since: date | None = None, until: date | None = None) -> QuerySet[AuditEntry]:
    """Return the entries from one UTC day to another, both included, newest first."""
    entries = AuditEntry.objects.order_by("-created_at", "-id")
    if since:
        entries = entries.filter(created_at__gte=beginning_of(since))
    return entries.filter(created_at__lt=beginning_of(until) + timedelta(days=1)) if until else entries


def audit_rows(*, since: date | None = None, until: date | None = None) -> Iterator[tuple[Any, ...]]:
    """Yield AUDIT_COLUMNS of these entries, some hundred by each query."""
    return all_values(audit_entries(since=since, until=until), AUDIT_COLUMNS)


def beginning_of(day: date) -> datetime:
    """Return the moment at which a day begins in UTC."""
    return datetime.combine(day, time.min, tzinfo=UTC)


def failed_sign_ins_since(moment: datetime) -> int:
    """Return how many failures to sign in to the admin were noted since then."""
    return AuditEntry.objects.filter(action=AuditAction.FAIL_SIGN_IN, created_at__gte=moment).count()
