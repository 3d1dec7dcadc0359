"""The work of a job, by its kind: a document is indexed, or once more, or everything of something deleted goes."""

import logging
import time
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

from django.db import InterfaceError, OperationalError
from django.db.models import F
from django.utils import timezone

from authbridge.shared.complaints import Complaints, as_count
from authbridge.shared.log_lines import written_for
from authbridge.shared.unwritable import has_no_room, takes_no_changes
from datasets import storage
from datasets.errors import VectorStoreError, VectorStoreUnavailable
from datasets.extraction.base import ExtractionError
from datasets.indexing import pipeline
from datasets.indexing.again import write_again
from datasets.indexing.kept_text import SourceLost, recall_text
from datasets.models import Lifecycle, ProcessingJob
from datasets.models.processing_job import JobKind, JobStatus
from datasets.queue import leases
from datasets.services import jobs, purges
from datasets.services.dataset_status import changing
from datasets.services.jobs import Ending, Failure, Indexed, Rebuilt

logger = logging.getLogger(__name__)
complaints = Complaints(every_s=30.0)

# A job works for so long at least before it gives way to others.
QUANTUM_S = 5.0
# One that nobody waits for gives way to those that somebody does after this.
BACKGROUND_QUANTUM_S = 1.0
# Whoever restores a backup has this long to bring the files as well.
SOURCE_AWAITED_FOR = timedelta(days=1)


def quantum_s(prepared_s: float) -> float:
    """Return how long a job goes on that took so long to come to its first chunk, which it will have to do again."""
    return max(QUANTUM_S, prepared_s)


class LeaseLost(Exception):
    """The job was cancelled, or taken over by another worker."""


class GaveWay(Exception):
    """The job was put back, since somebody else waits who has none in hand."""


def run(job: ProcessingJob) -> None:
    """Do a claimed job; whatever happens, it ends in a state from which somebody goes on."""
    with written_for(f"job {job.id}"):
        ending = attempt(job)
        if jobs.conclude(job, ending):
            forget_what_was_replaced(job, ending)
        else:
            logger.info("Job %s was cancelled or taken over.", job.id)
            forget_if_nobodys(job)


def attempt(job: ProcessingJob) -> Ending | Indexed | Rebuilt | Failure:
    """Do the work once, and say how it ended."""
    try:
        return WORK[JobKind(job.kind)](job)
    except LeaseLost:
        return Ending.LOST
    except GaveWay:
        return Ending.GAVE_WAY
    except ExtractionError as error:
        logger.info("Job %s: %s", job.id, error.message)
        return Failure(error.code, error.message)
    except Exception as error:
        if reason := why_to_wait(error):
            if (left_out := complaints.left_out_before(reason)) is not None:
                logger.warning("Job %s waits: %s%s.", job.id, reason, as_count(left_out))
            return Ending.WAITS
        logger.exception("Job %s failed and will be tried again.", job.id)
        return Ending.FAILED


def why_to_wait(error: Exception) -> str:
    """Say which part that a job needs is down, if one is; empty where the job itself may be at fault."""
    if has_no_room(error):
        return "there is no room left on the disk"
    if takes_no_changes(error):
        return "the database takes no changes"
    if isinstance(error, VectorStoreUnavailable):
        return "the vector store does not answer"
    return "a database does not answer" if isinstance(error, OperationalError | InterfaceError) else ""


def process(job: ProcessingJob) -> Ending | Indexed:
    """Index a document; only while the lease holds."""
    if job.retries > jobs.MAX_RETRIES or job.document is None:
        return Ending.FAILED
    started = time.monotonic()
    progress = Progress(job)
    count = pipeline.index(job.document.object_key, job.document.filename, version_of(job), progress)
    return Indexed(chunk_count=count, processing_time_ms=int((time.monotonic() - started) * 1000))


class Progress:
    """Keeps a job's lease and tells how far it has come; raises LeaseLost, or GaveWay between two batches."""

    def __init__(self, job: ProcessingJob) -> None:
        self._job, self._began = job, time.monotonic()
        self._gives_way_at, self._has_begun = float("inf"), False

    def stage(self, stage: str, progress: float, **columns: Any) -> None:
        """Tell of a stage."""
        if not leases.heartbeat(self._job, stage=stage, progress=progress, **columns):
            raise LeaseLost

    def chunks_before(self, planned: int) -> int:
        """Return how many of so many chunks an earlier attempt has written."""
        prepared_s = time.monotonic() - self._began
        is_background = self._job.turn >= leases.BACKGROUND
        goes_on_for_s = max(BACKGROUND_QUANTUM_S, prepared_s) if is_background else quantum_s(prepared_s)
        self._gives_way_at = time.monotonic() + goes_on_for_s
        return self._job.chunks_written if self._job.chunks_planned == planned else 0

    def chunks(self, written: int, planned: int) -> None:
        """Tell how many chunks are written, and let somebody else's job go first if it is time."""
        is_first, self._has_begun = not self._has_begun, True
        if not is_first:
            # What it needs was there, and a later outage is another.
            self._job.waits_since = None
        columns = {"chunks_written": written, "chunks_planned": planned, "waits_since": self._job.waits_since}
        self.stage("embedding", 0.25 + 0.7 * written / planned, **columns)
        # Whoever gave way before having written anything would do so for ever.
        if not is_first and time.monotonic() >= self._gives_way_at and leases.give_way(self._job):
            raise GaveWay


def rebuild(job: ProcessingJob) -> Ending | Rebuilt:
    """Write the vectors of a document that answers again; only while the lease holds.

    One whose file is not there waits for it for a day: a restore may not have come to it yet.
    """
    document = job.document
    if document is None or not document.version or document.lifecycle != Lifecycle.ACTIVE:
        return Ending.NEEDLESS
    progress = Progress(job)
    try:
        kept = recall_text(document.object_key, document.filename)
    except SourceLost:
        if storage.is_empty() or timezone.now() < job.created_at + SOURCE_AWAITED_FOR:
            progress.stage(SourceLost.stage, 0.0)
            return Ending.FAILED
        raise
    written = version_of(job)
    answering = replace(written, number=document.version)
    versions = [answering] if written.number <= answering.number else [answering, written]
    number, count = write_again(kept, versions, lambda: reserve_version(job), progress)
    return Rebuilt(before=document.version, version=number, chunk_count=count)


def reserve_version(job: ProcessingJob) -> pipeline.Version:
    """Give a rebuild whose document is split otherwise by now a version of its own."""
    with changing(job.dataset_id):
        mine = jobs.document_of(job)
        mine.update(attempt=F("attempt") + 1)
        number = mine.values_list("attempt", flat=True).first()
        if number is None or not leases.heartbeat(job, version=number, chunks_written=0):
            raise LeaseLost
    job.version, job.chunks_written = number, 0
    return version_of(job)


def forget_what_was_replaced(job: ProcessingJob, ending: Ending | Indexed | Rebuilt | Failure) -> None:
    """Remove the vectors that a rebuild has taken the place of; what this misses, verify_index finds."""
    is_over = isinstance(ending, Failure) or (isinstance(ending, Rebuilt) and ending.version != ending.before)
    if job.kind == JobKind.REBUILD and job.document and is_over:
        with suppress(VectorStoreError):
            pipeline.forget_version(replace(version_of(job), number=job.document.version))


def purge(job: ProcessingJob) -> Ending:
    """Remove vectors and files of something deleted; its row goes last, once the store holds nothing of it.

    A refund that is still owed keeps the row, and so the purge, alive.
    """
    document_id = str(job.document_id) if job.document_id else None
    left = pipeline.forget(job.dataset.collection_name, dataset_id=str(job.dataset_id), document_id=document_id)
    owed = ProcessingJob.objects.filter(refund_due=True, dataset=job.dataset)
    if left or (owed.filter(document=job.document) if document_id else owed).exists():
        return Ending.FAILED
    # Named first: what is deleted has no id any more.
    what = f"document {job.document_id}" if document_id else f"dataset {job.dataset_id}"
    purges.purge(job.document or job.dataset)
    logger.info("Nothing is left of %s.", what)
    return Ending.GONE


def version_of(job: ProcessingJob) -> pipeline.Version:
    """Return what a job writes, and where."""
    dataset = job.dataset
    return pipeline.Version(
        dataset.collection_name, dataset.embedding_dimension, str(dataset.id), str(job.document_id), job.version
    )


def forget_if_nobodys(job: ProcessingJob) -> None:
    """Remove what a lost job wrote, unless another worker is writing the same rows now."""
    current = ProcessingJob.objects.filter(id=job.id).exclude(status=JobStatus.CANCELLED)
    # What a rebuild writes mostly answers; where its document is deleted, the purge takes it along.
    if job.kind != JobKind.REBUILD and not current.exists():
        pipeline.forget_version(version_of(job))


WORK = {JobKind.PROCESS: process, JobKind.REBUILD: rebuild, JobKind.PURGE: purge}
