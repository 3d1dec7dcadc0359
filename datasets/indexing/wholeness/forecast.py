"""How long it takes until a dataset's missing chunks are there again, from how fast others came."""

import math
import uuid
from datetime import timedelta

from django.db.models import Case, F, Max, Min, Q, QuerySet, Sum, When
from django.db.models.functions import Coalesce
from django.utils import timezone

from datasets.models import ProcessingJob
from datasets.models.processing_job import JobKind, JobStatus

# The rate is that of the last minutes.
MEASURED_OVER = timedelta(minutes=5)


def rebuilds() -> QuerySet[ProcessingJob]:
    """Return all jobs that write vectors again."""
    return ProcessingJob.objects.filter(kind=JobKind.REBUILD)


def waiting_rebuilds() -> QuerySet[ProcessingJob]:
    """Return those that are queued or in hand."""
    return rebuilds().filter(status__in=[JobStatus.QUEUED, JobStatus.RUNNING])


def seconds_left(dataset_id: uuid.UUID | None = None) -> int | None:
    """Return how long it takes to rebuild a dataset, or all; None while nobody can tell.

    Of a dataset it counts all that is in line before its last job.
    """
    ours = waiting_rebuilds().filter(dataset_id=dataset_id) if dataset_id else waiting_rebuilds()
    last = ours.aggregate(last=Max("turn"))["last"]
    rate = chunks_a_second()
    if last is None or not rate:
        return None
    return math.ceil(chunks_left(waiting_rebuilds().filter(turn__lte=last)) / rate)


def chunks_left(jobs: QuerySet[ProcessingJob]) -> int:
    """Return how many chunks these jobs have still to write."""
    left: int = jobs.aggregate(left=Coalesce(Sum(F("chunks_planned") - F("chunks_written")), 0))["left"]
    return max(0, left)


def chunks_a_second() -> float:
    """Return how many chunks all workers together wrote again in the last minutes; 0 if none."""
    now = timezone.now()
    lately = Q(status=JobStatus.SUCCEEDED, finished_at__gt=now - MEASURED_OVER)
    written = Case(When(lately, then=F("chunks_planned")), default=F("chunks_written"))
    measured = rebuilds().filter(lately | Q(status=JobStatus.RUNNING))
    figures = measured.aggregate(chunks=Sum(written), since=Min("started_at"))
    if not figures["chunks"]:
        return 0.0
    began = max(figures["since"], now - MEASURED_OVER)
    took: float = (now - began).total_seconds()
    return figures["chunks"] / max(took, 0.001)
