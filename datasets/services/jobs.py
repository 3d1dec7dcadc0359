"""The verbs of a job. Each is a conditional UPDATE, believed only if exactly one row changed.

A lost or doubled message, a second worker or a dead one harm nothing: the lease decides who works, and only its
holder can finish.
"""

import uuid
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Max, QuerySet
from django.utils import timezone

from datasets.models import Document, Lifecycle, ProcessingJob
from datasets.models.document import DocumentQuerySet, DocumentStatus
from datasets.models.processing_job import JobKind, JobQuerySet, JobStatus
from datasets.services.dataset_status import changing, refresh_status
from datasets.services.intents import settle_refund

LEASE = timedelta(seconds=30)
MAX_RETRIES = 3
LONGEST_BACKOFF = timedelta(minutes=5)
# A part that is down is no fault of the document: waiting for it is bounded by time, not by tries.
LONGEST_WAIT_FOR_SERVICES = timedelta(hours=1)
PAUSE_FOR_SERVICES = timedelta(seconds=5)
NO_PAUSE = timedelta(0)
CANCELLED = {"code": "cancelled", "message": "The job was cancelled. The credits were given back."}
GAVE_UP = {
    "code": "processing_failed",
    "message": "The document could not be processed, which is our fault. The credits were given back; try again later.",
}


def enqueue(job: ProcessingJob, transaction_id: str | None) -> bool:
    """Hand a paid job to the workers and show its document; False if the intent was withdrawn meanwhile."""
    with changing(job.dataset_id):
        waiting = ProcessingJob.objects.filter(id=job.id, status=JobStatus.AWAITING_PAYMENT)
        if not waiting.update(status=JobStatus.QUEUED, transaction_id=transaction_id, run_after=timezone.now()):
            return False
        document_of(job).update(
            lifecycle=Lifecycle.ACTIVE,
            status=DocumentStatus.PENDING,
            error=None,
            credits_charged=job.price if transaction_id else 0,
            updated_at=timezone.now(),
        )
        refresh_status(job.dataset_id)
    return True


def enqueue_purge(*, dataset_id: uuid.UUID, document_id: uuid.UUID | None = None) -> None:
    """Have vectors and files removed, once nobody who may still be writing them holds a lease."""
    cancelled = ProcessingJob.objects.filter(dataset_id=dataset_id, status=JobStatus.CANCELLED)
    if document_id:
        cancelled = cancelled.filter(document_id=document_id)
    last_lease = cancelled.aggregate(last=Max("lease_until"))["last"]
    now = timezone.now()
    ProcessingJob.objects.create(
        dataset_id=dataset_id,
        document_id=document_id,
        kind=JobKind.PURGE,
        status=JobStatus.QUEUED,
        run_after=max(now, last_lease or now),
    )


def claim(worker: str) -> ProcessingJob | None:
    """Take the oldest due job under a lease, or None. A job taken from a dead worker counts a retry."""
    now = timezone.now()
    if not ProcessingJob.objects.claimable(now).exists():
        return None
    with transaction.atomic(using="default"):
        due = ProcessingJob.objects.claimable(now).order_by("run_after", "id")
        job = due.select_for_update(skip_locked=True).first()
        if job is None:
            return None
        unchanged = ProcessingJob.objects.claimable(now).filter(id=job.id)
        taken = unchanged.update(
            status=JobStatus.RUNNING,
            leased_by=worker,
            lease_until=now + LEASE,
            started_at=job.started_at or now,
            retries=F("retries") + (1 if job.status == JobStatus.RUNNING else 0),
        )
        if not taken:
            return None
        if job.kind == JobKind.PROCESS:
            document_of(job).update(status=DocumentStatus.PROCESSING)
    return ProcessingJob.objects.select_related("document", "dataset").get(id=job.id)


def document_of(job: ProcessingJob) -> DocumentQuerySet:
    """Return a job's document as a row to update; none for the purge of a whole dataset."""
    return Document.objects.filter(id=job.document_id) if job.document_id else Document.objects.none()


def leased(job: ProcessingJob) -> QuerySet[ProcessingJob]:
    """Return the job if its worker still holds it."""
    return ProcessingJob.objects.filter(id=job.id, status=JobStatus.RUNNING, leased_by=job.leased_by)


def heartbeat(job: ProcessingJob) -> bool:
    """Prolong the lease; False if it was lost."""
    return leased(job).update(lease_until=timezone.now() + LEASE) == 1


def report_progress(job: ProcessingJob, stage: str, progress: float) -> bool:
    """Tell how far the work has come, prolonging the lease; False if it was lost."""
    return leased(job).update(stage=stage, progress=progress, lease_until=timezone.now() + LEASE) == 1


def finish(job: ProcessingJob, *, chunk_count: int, processing_time_ms: int) -> bool:
    """Switch the document to the version this job wrote; False if the job was cancelled or taken away."""
    now = timezone.now()
    with changing(job.dataset_id):
        done = {
            "status": JobStatus.SUCCEEDED,
            "stage": "done",
            "progress": 1.0,
            "finished_at": now,
            "lease_until": None,
        }
        if not leased(job).update(**done):
            return False
        document_of(job).update(
            version=job.version,
            status=DocumentStatus.READY,
            chunk_count=chunk_count,
            processing_time_ms=processing_time_ms,
            error=None,
            processed_at=now,
            updated_at=now,
        )
        refresh_status(job.dataset_id)
    return True


def retry_later(job: ProcessingJob) -> bool:
    """Put a job that failed back after a growing pause; False if its retries are used up or it was lost."""
    if job.kind == JobKind.PROCESS and job.retries >= MAX_RETRIES:
        return False
    pause = min(LONGEST_BACKOFF, timedelta(seconds=2 ** min(job.retries + 1, 10)))
    return put_back(job, pause, retries=F("retries") + 1)


def wait_for_services(job: ProcessingJob) -> bool:
    """Put a job back because a part it needs is down, which counts no retry; False after an hour of that."""
    if job.kind == JobKind.PROCESS and timezone.now() > job.created_at + LONGEST_WAIT_FOR_SERVICES:
        return False
    return put_back(job, PAUSE_FOR_SERVICES)


def put_back(job: ProcessingJob, pause: timedelta, **changes: Any) -> bool:
    """Queue a leased job again for later; False if it was lost."""
    due = timezone.now() + pause
    return leased(job).update(status=JobStatus.QUEUED, run_after=due, lease_until=None, **changes) == 1


def release_leases(is_known_dead: Callable[[str], bool]) -> int:
    """End the leases of workers that are known to be dead, so that nobody waits for them to run out."""
    running = ProcessingJob.objects.filter(status=JobStatus.RUNNING)
    dead = [job.id for job in running if is_known_dead(job.leased_by)]
    return running.filter(id__in=dead).update(lease_until=timezone.now())


def fail(job: ProcessingJob, error: dict[str, str]) -> None:
    """End a leased job for good: its document says why, and what was paid for it goes back."""
    with changing(job.dataset_id):
        if not end(leased(job), job, JobStatus.FAILED, error):
            return
    settle_refunds([job], reason=error["message"])


def cancel(job: ProcessingJob) -> bool:
    """Cancel an unfinished job at its owner's wish; False if it has ended."""
    with changing(job.dataset_id):
        unfinished = ProcessingJob.objects.unfinished().filter(id=job.id)
        if not end(unfinished, job, JobStatus.CANCELLED, CANCELLED):
            return False
    settle_refunds([job], reason="The job was cancelled.")
    return True


def end(rows: QuerySet[ProcessingJob], job: ProcessingJob, status: str, error: dict[str, str]) -> bool:
    """Close a job and mark its document failed; one that still answers in an older version stays ready."""
    now = timezone.now()
    if not rows.update(status=status, error=error, finished_at=now, refund_due=True):
        return False
    document_of(job).update(
        status=DocumentStatus.FAILED, error=error, dedupe_key=None, credits_charged=0, updated_at=now
    )
    refresh_status(job.dataset_id)
    return True


def cancel_all(jobs: JobQuerySet) -> list[ProcessingJob]:
    """Cancel the unfinished among these because their document goes away; return them. Inside a transaction."""
    unfinished = list(jobs.unfinished().filter(kind=JobKind.PROCESS))
    ids = [job.id for job in unfinished]
    now = timezone.now()
    rows = ProcessingJob.objects.unfinished().filter(id__in=ids)
    rows.update(status=JobStatus.CANCELLED, error=CANCELLED, finished_at=now, refund_due=True)
    return list(ProcessingJob.objects.filter(id__in=ids, status=JobStatus.CANCELLED))


def settle_refunds(jobs: Iterable[ProcessingJob], *, reason: str) -> None:
    """Give back what these jobs' charges took; what a crash prevents here, reconcile does."""
    for job in jobs:
        settle_refund(job, reason=reason)
