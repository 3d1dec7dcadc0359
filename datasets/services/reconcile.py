"""Finish or undo what a crash left between the two databases. Safe at any time, beside itself and beside traffic."""

import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from datetime import timedelta
from itertools import chain
from typing import Any

from django.utils import timezone

from datasets import storage
from datasets.models import Dataset, Document, Lifecycle, PendingAnswer, ProcessingJob
from datasets.models.processing_job import JobStatus
from datasets.services import datasets, documents, jobs
from datasets.services.intents import LATEST_CHARGE, charge_of, settle_refund

# A request goes from intent to charge in milliseconds; one that has not after this long is taken for dead. Should
# it live after all, it finds its intent withdrawn and gives its charge back itself.
PATIENCE = timedelta(minutes=1)
TOMBSTONES_KEPT = timedelta(days=1)
PAYABLES = (ProcessingJob, Dataset, PendingAnswer)
REFUND_REASON = "The operation was not completed."


@dataclass(slots=True)
class Report:
    """How many intents were finished or undone, charges given back, and left-overs swept away."""

    finished: int = 0
    undone: int = 0
    refunded: int = 0
    swept: int = 0

    def __bool__(self) -> bool:
        """Tell whether there was anything to do."""
        return any(asdict(self).values())

    def __str__(self) -> str:
        return ", ".join(f"{count} {what}" for what, count in asdict(self).items())


def reconcile() -> Report:
    """Go over everything unfinished once."""
    report = Report()
    overdue = {"created_at__lt": timezone.now() - PATIENCE}
    waiting_jobs = ProcessingJob.objects.filter(status=JobStatus.AWAITING_PAYMENT, **overdue)
    waiting_datasets = Dataset.objects.filter(lifecycle=Lifecycle.AWAITING_PAYMENT, **overdue)
    settle_intents(waiting_jobs, finish=jobs.enqueue, undo=documents.withdraw, report=report)
    settle_intents(waiting_datasets, finish=datasets.activate, undo=datasets.withdraw, report=report)
    PendingAnswer.objects.filter(**overdue).update(refund_due=True)
    for owed in chain.from_iterable(model._default_manager.filter(refund_due=True) for model in PAYABLES):
        report.refunded += settle_refund(owed, reason=REFUND_REASON)
    report.swept = sweep()
    return report


def settle_intents(
    intents: Iterable[Any], *, finish: Callable[..., bool], undo: Callable[..., bool], report: Report
) -> None:
    """Finish the intents that were charged; undo those that were not."""
    for intent in intents:
        transaction_id = charge_of(intent)
        if transaction_id:
            report.finished += finish(intent, transaction_id)
        else:
            report.undone += undo(intent)


def sweep() -> int:
    """Remove the rows of withdrawn intents and the files of uploads that nobody finishes any more."""
    old = {"lifecycle": Lifecycle.CANCELLED, "created_at__lt": timezone.now() - TOMBSTONES_KEPT}
    cancelled = list(Document.objects.filter(**old).exclude(jobs__refund_due=True))
    for document in cancelled:
        storage.delete_document(document.dataset_id, document.id)
        document.delete()
    PendingAnswer.objects.filter(refund_due=False, created_at__lt=timezone.now() - LATEST_CHARGE).delete()
    withdrawn, _ = Dataset.objects.filter(**old, refund_due=False).delete()
    abandoned = list(storage.abandoned(LATEST_CHARGE.total_seconds(), time.time()))
    for path in abandoned:
        path.unlink(missing_ok=True)
    return len(cancelled) + withdrawn + len(abandoned)
