"""Finish or undo what a crash left between the two databases. Safe at any time, beside itself and beside traffic."""

import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from itertools import chain
from pathlib import Path
from typing import Any

from django.db import DatabaseError
from django.utils import timezone

from authbridge.shared.errors import DomainError
from authbridge.shared.findings import some
from authbridge.shared.postgresql.breaker import is_known_away
from credits.services import return_closed_pools
from datasets import storage
from datasets.models import Dataset, Document, Lifecycle, PendingAnswer, ProcessingJob
from datasets.models.processing_job import JobStatus
from datasets.services import datasets, documents, jobs
from datasets.services.intents import LATEST_CHARGE, charge_of, note_stuck, try_to_settle
from datasets.services.purges import purge

# A request goes from intent to charge in milliseconds; one that has not after this long is taken for dead. Should
# it live after all, it finds its intent withdrawn and gives its charge back itself.
PATIENCE = timedelta(minutes=1)
TOMBSTONES_KEPT = timedelta(days=1)
PAYABLES = (ProcessingJob, Dataset, PendingAnswer)
REFUND_REASON = "The operation was not completed."


@dataclass(slots=True)
class Report:
    """How often this call finished or undid an intent, gave a charge or a closed pool back, swept a left-over away.

    `stuck` names what nothing can be done with at present.
    """

    finished: int = 0
    undone: int = 0
    refunded: int = 0
    returned: int = 0
    swept: int = 0
    stuck: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        """Tell whether anything was done."""
        return any(self.done().values())

    def __str__(self) -> str:
        said = ", ".join(f"{count} {what}" for what, count in self.done().items())
        return f"{said}; stuck: {some(self.stuck)}" if self.stuck else said

    def done(self) -> dict[str, int]:
        """Return how often each thing was done."""
        return {name: count for name, count in asdict(self).items() if name != "stuck"}


def reconcile() -> Report:
    """Go over everything unfinished once, each by itself: one that nothing can be done with stops no other."""
    report = Report()
    overdue = {"created_at__lt": timezone.now() - PATIENCE}
    waiting_jobs = ProcessingJob.objects.filter(status=JobStatus.AWAITING_PAYMENT, **overdue)
    waiting_datasets = Dataset.objects.filter(lifecycle=Lifecycle.AWAITING_PAYMENT, **overdue)
    settle_intents(waiting_jobs, finish=jobs.enqueue, undo=documents.withdraw, report=report)
    settle_intents(waiting_datasets, finish=datasets.activate, undo=datasets.withdraw, report=report)
    PendingAnswer.objects.filter(refund_due=False, **overdue).update(refund_due=True)
    settle_refunds(report)
    report.returned = return_closed_pools()
    report.swept = sweep()
    return report


def settle_intents(
    intents: Iterable[Any], *, finish: Callable[..., bool], undo: Callable[..., bool], report: Report
) -> None:
    """Finish the intents that were charged; undo those that were not."""
    for intent in intents:
        try:
            transaction_id = charge_of(intent)
            if transaction_id:
                report.finished += finish(intent, transaction_id)
            else:
                report.undone += undo(intent)
        except (DomainError, DatabaseError) as error:
            if is_known_away():
                raise
            note_stuck(intent, error)
            report.stuck.append(f"{type(intent).__name__} {intent.pk}")


def settle_refunds(report: Report) -> None:
    """Give back what is owed, as far as the ledger takes it."""
    for owed in chain.from_iterable(list(model._default_manager.filter(refund_due=True)) for model in PAYABLES):
        if try_to_settle(owed, reason=REFUND_REASON):
            report.refunded += 1
    report.stuck += [f"{type(intent).__name__} {intent.pk}" for intent in stuck_refunds()]


def stuck_refunds() -> list[Any]:
    """Return what is to be given back and could not be, the last time that it was tried."""
    owed = (model._default_manager.filter(refund_due=True) for model in PAYABLES)
    return list(chain.from_iterable(rows.exclude(stuck_because=None) for rows in owed))


def sweep() -> int:
    """Remove the rows of withdrawn intents and the files of uploads that nobody finishes any more."""
    old = {"lifecycle": Lifecycle.CANCELLED, "created_at__lt": timezone.now() - TOMBSTONES_KEPT}
    cancelled = list(Document.objects.filter(**old).exclude(jobs__refund_due=True))
    for document in cancelled:
        storage.delete_document(document.dataset_id, document.id)
    withdrawn = Dataset.objects.filter(**old, refund_due=False)
    swept = sum(purge(row) for row in [*cancelled, *withdrawn])
    return swept + sum(unlink(path) for path in storage.abandoned(LATEST_CHARGE.total_seconds(), time.time()))


def unlink(path: Path) -> bool:
    """Remove a file; False if somebody else just did."""
    try:
        path.unlink()
    except FileNotFoundError:
        return False
    return True
