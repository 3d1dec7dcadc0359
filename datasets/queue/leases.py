"""The verbs of a leased job. Each is a conditional UPDATE, believed only if exactly one row changed.

A lost or doubled message, a second worker or a dead one harm nothing: the lease decides who works, and only its
holder can finish. The table is the job's own, whichever that is.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar

from django.db import router, transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from datasets.queue.models import JobStatus, LeasedJob

LEASE = timedelta(seconds=30)
LONGEST_BACKOFF = timedelta(minutes=5)

Job = TypeVar("Job", bound=LeasedJob)


def claim(table: type[Job], worker: str, note: Callable[[Job], None] | None = None) -> Job | None:
    """Take the oldest due job under a lease, or None. A job taken from a dead worker counts a retry.

    `note` writes down elsewhere, in the same transaction, that it was taken. Where nothing is due, none is begun.
    """
    now, rows = timezone.now(), table.objects
    if not rows.claimable(now).exists():
        return None
    with transaction.atomic(using=router.db_for_write(table)):
        job: Job | None = rows.claimable(now).order_by("run_after", "id").select_for_update(skip_locked=True).first()
        if job is None:
            return None
        taken = {
            "status": JobStatus.RUNNING,
            "leased_by": worker,
            "lease_until": now + LEASE,
            "started_at": job.started_at or now,
            "retries": job.retries + (1 if job.status == JobStatus.RUNNING else 0),
        }
        if not rows.claimable(now).filter(pk=job.pk).update(**taken):
            return None
        for name, value in taken.items():
            setattr(job, name, value)
        if note:
            note(job)
    return job


def held(job: Job) -> QuerySet[Job]:
    """Return the job as a row to update, if its worker still holds it."""
    return type(job).objects.filter(pk=job.pk, status=JobStatus.RUNNING, leased_by=job.leased_by)


def heartbeat(job: LeasedJob, **progress: Any) -> bool:
    """Prolong the lease, telling how far the work has come; False if it was lost."""
    return held(job).update(**progress, lease_until=timezone.now() + LEASE) == 1


def finish(job: LeasedJob) -> bool:
    """End a job well; False if it was cancelled or taken away."""
    done = {"status": JobStatus.SUCCEEDED, "stage": "done", "progress": 1.0}
    return held(job).update(**done, finished_at=timezone.now(), lease_until=None) == 1


def retry(job: LeasedJob) -> bool:
    """Queue a job that failed again after a growing pause; False if it was lost."""
    pause = min(LONGEST_BACKOFF, timedelta(seconds=2 ** min(job.retries + 1, 10)))
    return put_back(job, pause, retries=F("retries") + 1)


def put_back(job: LeasedJob, pause: timedelta = timedelta(0), **changes: Any) -> bool:
    """Queue a leased job again for later; False if it was lost."""
    due = timezone.now() + pause
    return held(job).update(status=JobStatus.QUEUED, run_after=due, lease_until=None, **changes) == 1


def end(rows: QuerySet[Any], status: str, error: dict[str, str], **changes: Any) -> int:
    """End those of these jobs that have not ended, for good and with a reason; return how many."""
    return rows.unfinished().update(status=status, error=error, finished_at=timezone.now(), **changes)  # type: ignore[attr-defined]


def reap(table: type[LeasedJob], is_known_dead: Callable[[str], bool]) -> int:
    """End the leases of workers that are known to be dead, so that nobody waits for them to run out."""
    running = table.objects.filter(status=JobStatus.RUNNING)
    dead = [job.pk for job in running if is_known_dead(job.leased_by)]
    return running.filter(pk__in=dead).update(lease_until=timezone.now())
