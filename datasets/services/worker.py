"""The worker on processing_jobs, and what its chores are made of."""

from collections.abc import Sequence

from datasets.models import ProcessingJob
from datasets.queue.chores import Alarm, Chore  # noqa: F401  (handed on)
from datasets.queue.threads import Worker
from datasets.services import jobs, processing


def make_worker(*, concurrency: int, chores: Sequence[Chore]) -> Worker[ProcessingJob]:
    """Return a worker that does so many jobs at once, and these chores."""
    return Worker(ProcessingJob, concurrency=concurrency, take=jobs.claim, do=processing.run, chores=chores)
