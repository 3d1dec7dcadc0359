"""What was last backed up and put back, among the chores: rows that are no part of a backup, and due on no day."""

from datetime import UTC, datetime
from typing import Any

from django.utils import timezone

from datasets.models import ChoreRun
from datasets.queue.chores import LONGEST_OUTCOME

RECORDS = ChoreRun._meta.db_table
BACKUP, RESTORE = "backup", "restore"
NEVER = datetime(9999, 12, 31, tzinfo=UTC)


def note_backup(outcome: str) -> None:
    """Write down that a backup was made just now."""
    note(BACKUP, outcome=outcome, finished_at=timezone.now())


def note_restore_begun(sentence: str, outcome: str) -> None:
    """Write down that a restore has begun: until it has ended nothing may serve, and this sentence says so."""
    note(RESTORE, error=sentence, outcome=outcome, finished_at=None)


def note_restore_done(outcome: str) -> None:
    """Write down that it has ended."""
    note(RESTORE, outcome=outcome, finished_at=timezone.now())


def forget_restore() -> None:
    """Forget a restore that has changed nothing."""
    ChoreRun.objects.filter(name=RESTORE).delete()


def unfinished_restore() -> str | None:
    """Return what is to be said of a restore that has not ended; None if there is none."""
    return ChoreRun.objects.filter(name=RESTORE).exclude(error="").values_list("error", flat=True).first()


def begun_restore() -> str | None:
    """Return what was noted of the restore that has not ended; None if there is none."""
    return ChoreRun.objects.filter(name=RESTORE).exclude(error="").values_list("outcome", flat=True).first()


def note(name: str, **columns: Any) -> None:
    """Write a row."""
    texts = {key: columns.get(key, "")[:LONGEST_OUTCOME] for key in ("outcome", "error")}
    ChoreRun.objects.update_or_create(name=name, defaults={**columns, **texts, "due_at": NEVER})
