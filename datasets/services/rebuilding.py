"""Have lost vectors made again: jobs for the documents that lack chunks, behind everybody's uploads, and for free."""

import time
from collections.abc import Iterator, Sequence
from datetime import timedelta

from django.db.models import QuerySet
from django.utils import timezone

from datasets.errors import VectorStoreUnavailable
from datasets.indexing.kept_text import SourceLost, is_lost
from datasets.indexing.vector_store import get_vector_store
from datasets.indexing.wholeness.forecast import seconds_left, waiting_rebuilds
from datasets.indexing.wholeness.looking import Live, find_lacks, live_documents
from datasets.indexing.wholeness.remembering import incomplete, remember, unseen
from datasets.models import ChoreRun, Dataset, ProcessingJob
from datasets.models.processing_job import JobKind, JobStatus
from datasets.queue import leases
from datasets.services import jobs
from datasets.services.dataset_status import changing

# What a minute's chore looks at and queues is bounded, since others wait for it.
LOOKS_FOR_S = 5.0
MOST_LOOKED_AT = 500
MOST_QUEUED = 5_000
INSERTED_AT_ONCE = 1_000
WAYS_OUT = (
    "bring back their files, upload the same bytes again, delete them, or give them up by manage.py"
    " rebuild_vectors --give-up-lost."
)
# Every minute a worker does something that leaves word.
WORKER_MISSED_AFTER = timedelta(minutes=2)


def look_at(dataset: Dataset) -> list[Live]:
    """Return the documents of a dataset that lack chunks, and write down how many are missing."""
    lacks = find_lacks(dataset)
    remember(dataset, sum(lack.missing for lack in lacks))
    return [lack.document for lack in lacks]


def enqueue_rebuilds(dataset: Dataset, documents: Sequence[Live]) -> int:
    """Queue a job for each of these documents that has none; return how many that were."""
    whose = f"rebuild {dataset.owner_id}"
    queued = 0
    for start in range(0, len(documents), INSERTED_AT_ONCE):
        ids = [document.id for document in documents[start : start + INSERTED_AT_ONCE]]
        with changing(dataset.id):
            begun = waiting_rebuilds().filter(document_id__in=ids)
            known = {str(id) for id in begun.values_list("document_id", flat=True)}
            first = leases.background_turn(ProcessingJob, whose)
            # Those that were deleted meanwhile are not among them.
            new = [document for document in live_documents(dataset.id, ids) if document.id not in known]
            turns = range(first, first + leases.STEP * len(new), leases.STEP)
            made = [rebuild_of(dataset, document, whose, turn) for document, turn in zip(new, turns, strict=True)]
            queued += len(ProcessingJob.objects.bulk_create(made))
    return queued


def rebuild_of(dataset: Dataset, document: Live, whose: str, turn: int) -> ProcessingJob:
    """Return the job that writes a document's vectors again."""
    return ProcessingJob(
        dataset=dataset,
        document_id=document.id,
        kind=JobKind.REBUILD,
        status=JobStatus.QUEUED,
        version=document.version,
        chunks_planned=document.chunks,
        whose=whose,
        turn=turn,
    )


def enqueue_all(datasets: QuerySet[Dataset], *, also_whole: bool = False) -> int:
    """Queue all that these datasets lack, or all of their documents; return how many jobs that made."""
    return sum(
        enqueue_rebuilds(dataset, live_documents(dataset.id) if also_whole else look_at(dataset))
        for dataset in one_by_one(datasets)
    )


def mend_index() -> int:
    """Look at what nobody has since this engine began, and at what was incomplete; queue what is missing.

    Return how many jobs that made. It takes seconds; what it does not come to is the next minute's.
    """
    ends_at, queued = time.monotonic() + LOOKS_FOR_S, 0
    room = MOST_QUEUED - waiting_rebuilds().count()
    try:
        for rows in (incomplete(), unseen(get_vector_store().incarnation())):
            for dataset in rows[:MOST_LOOKED_AT]:
                if time.monotonic() < ends_at:
                    queued += enqueue_rebuilds(dataset, look_at(dataset)[: max(0, room - queued)])
    except VectorStoreUnavailable:
        # Which /health says; the next minute will see.
        return queued
    return queued


def look_at_all() -> tuple[int, int]:
    """Look at every dataset that answers; return how many there are, and how many of them are incomplete."""
    looked_at = lacking = 0
    for dataset in one_by_one(Dataset.objects.active().filter(documents_answering__gt=0)):
        look_at(dataset)
        looked_at, lacking = looked_at + 1, lacking + bool(dataset.chunks_missing)
    return looked_at, lacking


def one_by_one(rows: QuerySet[Dataset]) -> Iterator[Dataset]:
    """Yield datasets in the order of their ids, reading some at a time: they change on the way."""
    found = list(rows.order_by("id")[:MOST_LOOKED_AT])
    while found:
        yield from found
        found = list(rows.order_by("id").filter(id__gt=found[-1].id)[:MOST_LOOKED_AT])


def give_up_lost() -> int:
    """Fail the documents of which neither text nor file is there, and give back what was paid; return how many."""
    waiting = waiting_rebuilds().filter(stage=SourceLost.stage).select_related("document")
    lost = [job for job in waiting if job.document and is_lost(job.document.object_key)]
    error = SourceLost()
    return sum(jobs.give_up_document(job, {"code": error.code, "message": error.message}) for job in lost)


def lost_sources() -> list[ProcessingJob]:
    """Return the rebuilds that wait for a file that is not there."""
    return list(waiting_rebuilds().filter(stage=SourceLost.stage).select_related("document").order_by("turn"))


def is_worker_there() -> bool:
    """Tell whether any worker has left word lately."""
    since = timezone.now() - WORKER_MISSED_AFTER
    return ChoreRun.objects.filter(finished_at__gt=since).exists()


def progress() -> tuple[int, int | None]:
    """Return how many rebuilds there are still to be done, and how many seconds that takes if it can be told."""
    waiting = waiting_rebuilds().exclude(stage=SourceLost.stage)
    return waiting.count(), seconds_left()
