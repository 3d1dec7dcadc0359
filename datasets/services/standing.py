"""How things stand, for the operator: what waits, what failed, what is owed, what was done. Each is a query or two."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Min, Sum

from datasets.models import ChoreRun, ProcessingJob
from datasets.models.processing_job import JobStatus
from datasets.selectors import waiting_jobs
from datasets.services.reconcile import PAYABLES

NO_CODE = "unknown"


@dataclass(frozen=True, slots=True)
class Queue:
    """Jobs that have not ended; those that wait are due, and no worker has taken them."""

    waiting: int
    running: int
    later: int
    awaiting_payment: int
    oldest_waiting_since: datetime | None
    running_by_stage: dict[str, int]


def queue() -> Queue:
    """Return how long the queue is, purges counted too."""
    counted = ProcessingJob.objects.unfinished().order_by().values("status", "stage").annotate(jobs=Count("id"))
    by_status: Counter[str] = Counter()
    stages: Counter[str] = Counter()
    for row in counted:
        by_status[row["status"]] += row["jobs"]
        if row["status"] == JobStatus.RUNNING:
            stages[row["stage"] or "beginning"] += row["jobs"]
    due = waiting_jobs().order_by().aggregate(jobs=Count("id"), oldest=Min("run_after"))
    queued = waiting_jobs().filter(status=JobStatus.QUEUED).count()
    return Queue(
        waiting=due["jobs"],
        running=by_status[JobStatus.RUNNING],
        later=max(0, by_status[JobStatus.QUEUED] - queued),
        awaiting_payment=by_status[JobStatus.AWAITING_PAYMENT],
        oldest_waiting_since=due["oldest"],
        running_by_stage=dict(sorted(stages.items())),
    )


def failures_since(moment: datetime) -> dict[str, int]:
    """Return how many jobs have failed for good since then, by error code, the most first."""
    failed = ProcessingJob.objects.filter(status=JobStatus.FAILED, finished_at__gte=moment).order_by()
    codes = failed.values_list("error__code").annotate(jobs=Count("id"))
    return dict(Counter({code or NO_CODE: jobs for code, jobs in codes}).most_common())


def debts() -> tuple[int, int]:
    """Return how many charges are to be given back and were not yet, and their credits.

    Of an answer that is not out yet reconcile finds out within a minute.
    """
    owed = [model._default_manager.filter(refund_due=True) for model in PAYABLES]
    sums = [rows.aggregate(charges=Count("id"), credits=Sum("price")) for rows in owed]
    return sum(each["charges"] for each in sums), sum(each["credits"] or 0 for each in sums)


def chores() -> list[Any]:
    """Return when each chore, and whatever else leaves word here, was last done and how it went."""
    return list(ChoreRun.objects.order_by("name").values("name", "finished_at", "due_at", "outcome", "error"))
