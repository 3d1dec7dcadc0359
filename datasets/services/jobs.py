"""What becomes of a job, and with it of its document and its price: taken, finished, given up, cancelled.

The lease decides who may; here it is said what hangs on that, and what was paid for nothing goes back.
"""

import logging
import uuid
from dataclasses import asdict, dataclass
from datetime import timedelta
from enum import StrEnum

from django.db import DatabaseError, InterfaceError
from django.db.models import F, Max, Q, QuerySet
from django.utils import timezone
from psycopg_pool import PoolTimeout

from authbridge.shared.metrics import JOBS_ENDED
from datasets.models import Dataset, Document, Lifecycle, ProcessingJob
from datasets.models.document import DocumentQuerySet, DocumentStatus
from datasets.models.processing_job import UNFINISHED, JobKind, JobStatus
from datasets.queue import leases
from datasets.services.dataset_status import changing, refresh_status
from datasets.services.intents import try_to_settle

logger = logging.getLogger(__name__)

MAX_RETRIES = 3
# A part that is down is no fault of the document: waiting for it is bounded by time, not by tries.
LONGEST_WAIT_FOR_SERVICES = timedelta(hours=1)
PAUSE_FOR_SERVICES = timedelta(seconds=5)
ENDED_JOBS_KEPT = timedelta(days=30)
FORGOTTEN_AT_ONCE = 5_000
CANCELLED = {"code": "cancelled", "message": "The job was cancelled. The credits were given back."}
GAVE_UP = {
    "code": "processing_failed",
    "message": "The document could not be processed, which is our fault. The credits were given back; try again later.",
}


class Ending(StrEnum):
    """How an attempt at a job ended, where nothing came of it for its document."""

    GONE = "gone"  # It was a purge, and there is nothing left to be written down.
    NEEDLESS = "needless"  # It was a rebuild of what does not answer any more.
    LOST = "lost"
    GAVE_WAY = "gave_way"  # To somebody else's; it is queued again, and goes on where it stopped.
    WAITS = "waits"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Indexed:
    """What a document has become."""

    chunk_count: int
    processing_time_ms: int


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """The version that answered, and the one that is whole now with so many chunks: mostly the same."""

    before: int
    version: int
    chunk_count: int


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a document can never be read, for programs and for its owner."""

    code: str
    message: str


def enqueue(job: ProcessingJob, transaction_id: uuid.UUID | None) -> bool:
    """Hand a paid job to the workers and show its document; False if the intent was withdrawn meanwhile."""
    with changing(job.dataset_id):
        waiting = ProcessingJob.objects.filter(id=job.id, status=JobStatus.AWAITING_PAYMENT)
        queued = {"status": JobStatus.QUEUED, "run_after": timezone.now()}
        turn = leases.place_in_line(ProcessingJob, job.whose)
        if not waiting.update(**queued, transaction_id=transaction_id, turn=turn):
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
    now, whose = timezone.now(), str(Dataset.objects.values_list("owner_id", flat=True).get(id=dataset_id))
    purge = ProcessingJob.objects.create(
        dataset_id=dataset_id,
        document_id=document_id,
        kind=JobKind.PURGE,
        status=JobStatus.QUEUED,
        run_after=max(now, last_lease or now),
        whose=whose,
    )
    ProcessingJob.objects.filter(id=purge.id).update(turn=leases.place_in_line(ProcessingJob, whose))


def claim(worker: str) -> ProcessingJob | None:
    """Take the due job that is next in line under a lease and mark its document, or return None."""
    return leases.claim(ProcessingJob, worker, show_processing)


def show_processing(job: ProcessingJob) -> None:
    """Mark the document of a job that is to index it."""
    if job.kind == JobKind.PROCESS:
        document_of(job).update(status=DocumentStatus.PROCESSING)


def document_of(job: ProcessingJob) -> DocumentQuerySet:
    """Return a job's document as a row to update; none for the purge of a whole dataset."""
    return Document.objects.filter(id=job.document_id) if job.document_id else Document.objects.none()


def conclude(job: ProcessingJob, ending: Ending | Indexed | Rebuilt | Failure) -> bool:
    """Bring a job to where its attempt has led; False if it was lost, so that nobody waits for what it wrote."""
    match ending:
        case Indexed():
            return finish(job, ending)
        case Rebuilt() | Ending.NEEDLESS:
            return finish_rebuild(job, ending)
        case Failure() if job.kind == JobKind.REBUILD:
            give_up_document(job, asdict(ending))
        case Failure():
            fail(job, asdict(ending))
        case Ending.WAITS:
            wait_or_fail(job)
        case Ending.FAILED:
            retry_or_fail(job)
    return ending != Ending.LOST


def finish(job: ProcessingJob, indexed: Indexed) -> bool:
    """Switch the document to the version this job wrote; False if the job was cancelled or taken away."""
    now = timezone.now()
    with changing(job.dataset_id):
        if not leases.finish(job):
            return False
        document_of(job).update(
            version=job.version,
            status=DocumentStatus.READY,
            chunk_count=indexed.chunk_count,
            processing_time_ms=indexed.processing_time_ms,
            error=None,
            processed_at=now,
            updated_at=now,
        )
        refresh_status(job.dataset_id)
    JOBS_ENDED.labels(JobStatus.SUCCEEDED.value).inc()
    logger.info(
        "Document %s is ready: %d chunks in %d ms.", job.document_id, indexed.chunk_count, indexed.processing_time_ms
    )
    return True


def finish_rebuild(job: ProcessingJob, ending: Ending | Rebuilt) -> bool:
    """End a rebuild, and switch its document to the version it wrote; False if it was cancelled or taken away."""
    with changing(job.dataset_id):
        if not leases.finish(job):
            return False
        if isinstance(ending, Rebuilt):
            now = {"version": ending.version, "chunk_count": ending.chunk_count}
            document_of(job).filter(version=ending.before).update(**now)
    JOBS_ENDED.labels(JobStatus.SUCCEEDED.value).inc()
    return True


def give_up_document(job: ProcessingJob, error: dict[str, str]) -> bool:
    """End a rebuild that nothing is left for: its document has failed, and what was paid for it goes back."""
    with changing(job.dataset_id):
        if not leases.end(ProcessingJob.objects.filter(id=job.id), JobStatus.FAILED, error):
            return False
        lost = {"status": DocumentStatus.FAILED, "error": error, "version": 0, "chunk_count": 0, "dedupe_key": None}
        document_of(job).active().update(**lost, credits_charged=0, updated_at=timezone.now())
        paid = list(payments_of(job)[:1])
        ProcessingJob.objects.filter(id__in=[payment.id for payment in paid]).update(refund_due=True)
        refresh_status(job.dataset_id)
    JOBS_ENDED.labels(JobStatus.FAILED.value).inc()
    logger.warning("Document %s has failed: %s", job.document_id, error["message"])
    settle_refunds(paid, reason=error["message"])
    return True


def hurry_rebuild(document_id: uuid.UUID) -> None:
    """Have a rebuild that waits for its document's file look for it now."""
    waiting = ProcessingJob.objects.filter(document_id=document_id, kind=JobKind.REBUILD, status=JobStatus.QUEUED)
    waiting.update(run_after=timezone.now())


def payments_of(job: ProcessingJob) -> QuerySet[ProcessingJob]:
    """Return the jobs that made a job's document what it is, each with what was paid for it; the latest first."""
    done = ProcessingJob.objects.filter(document=job.document, kind=JobKind.PROCESS, status=JobStatus.SUCCEEDED)
    return done.order_by("-version")


def retry_or_fail(job: ProcessingJob) -> None:
    """Try a job that failed by our fault again, until its retries are used up; a purge has no end of them."""
    if (job.kind == JobKind.PROCESS and job.retries >= MAX_RETRIES) or not leases.retry(job):
        fail(job, GAVE_UP)


def wait_or_fail(job: ProcessingJob) -> None:
    """Put a job back because a part it needs is down, which counts no retry; fail it after an hour of that."""
    waits_since = job.waits_since or timezone.now()
    is_overdue = job.kind == JobKind.PROCESS and timezone.now() > waits_since + LONGEST_WAIT_FOR_SERVICES
    if is_overdue or not leases.wait(job, PAUSE_FOR_SERVICES):
        fail(job, GAVE_UP)


def fail(job: ProcessingJob, error: dict[str, str]) -> None:
    """End a leased job for good: its document says why, and what was paid for it goes back."""
    with changing(job.dataset_id):
        if not leases.give_up(job, error, refund_due=True):
            return
        mark_failed(job, error)
    JOBS_ENDED.labels(JobStatus.FAILED.value).inc()
    settle_refunds([job], reason=error["message"])


def cancel(job: ProcessingJob) -> bool:
    """Cancel an unfinished job at its owner's wish; False if it has ended."""
    with changing(job.dataset_id):
        rows = ProcessingJob.objects.filter(id=job.id)
        if not leases.end(rows, JobStatus.CANCELLED, CANCELLED, refund_due=True):
            return False
        mark_failed(job, CANCELLED)
    JOBS_ENDED.labels(JobStatus.CANCELLED.value).inc()
    settle_refunds([job], reason="The job was cancelled.")
    return True


def mark_failed(job: ProcessingJob, error: dict[str, str]) -> None:
    """Say of a job's document that nothing came of it. Inside the transaction that ended the job."""
    document_of(job).update(
        status=DocumentStatus.FAILED, error=error, dedupe_key=None, credits_charged=0, updated_at=timezone.now()
    )
    refresh_status(job.dataset_id)


def cancel_all(jobs: QuerySet[ProcessingJob]) -> list[ProcessingJob]:
    """Cancel the unfinished among these because their document goes away; return them. Inside a transaction."""
    ids = [job.id for job in jobs.unfinished().exclude(kind=JobKind.PURGE)]  # type: ignore[attr-defined]
    rows = ProcessingJob.objects.filter(id__in=ids)
    # For a rebuild nothing was paid.
    leases.end(rows.filter(kind=JobKind.REBUILD), JobStatus.CANCELLED, CANCELLED)
    paid = rows.filter(kind=JobKind.PROCESS)
    leases.end(paid, JobStatus.CANCELLED, CANCELLED, refund_due=True)
    return list(paid.filter(status=JobStatus.CANCELLED))


def settle_refunds(jobs: list[ProcessingJob], *, reason: str) -> None:
    """Give back what these jobs' charges took; what a crash or the ledger prevents here, reconcile does.

    What has ended has ended: whoever ended it is not told of a refund that is to be tried again.
    """
    try:
        for job in jobs:
            try_to_settle(job, reason=reason)
    except (DatabaseError, InterfaceError, PoolTimeout):
        logger.warning("A database is away: %d refunds are left to reconcile.", len(jobs))


def forget_ended() -> int:
    """Delete jobs that ended long ago and owe nothing; return how many.

    The last attempt at a document is kept beside it: it names who paid.
    """
    old = {"finished_at__lt": timezone.now() - ENDED_JOBS_KEPT, "refund_due": False}
    is_past = ~Q(kind=JobKind.PROCESS) | Q(version__lt=F("document__attempt"))
    ended = ProcessingJob.objects.filter(is_past, **old).exclude(status__in=UNFINISHED)
    forgotten = 0
    while ids := list(ended.order_by().values_list("id", flat=True)[:FORGOTTEN_AT_ONCE]):
        forgotten += ProcessingJob.objects.filter(id__in=ids).delete()[0]
    return forgotten
