"""Changing several rows of a dataset together; the one place that writes its status."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction
from django.db.models import Case, Value, When
from django.utils import timezone

from datasets.counters import count_anew, wrong_counts
from datasets.models import Dataset
from datasets.models.dataset import DatasetStatus


@contextmanager
def changing(dataset_id: uuid.UUID) -> Iterator[None]:
    """Open a transaction over a dataset and its jobs and documents, whose rows are to be taken in this order.

    Whoever waits for one of them then holds none that another waits for; PostgreSQL would end one of the two.
    """
    with transaction.atomic(using="default"):
        # Without the key, since inserting a document or job shares that.
        Dataset.objects.select_for_update(no_key=True).filter(id=dataset_id).values("id").first()
        yield


def refresh_status(dataset_id: uuid.UUID) -> None:
    """Bring a dataset's status in line with its documents, whose numbers by state triggers have kept in it."""
    Dataset.objects.filter(id=dataset_id).update(
        status=Case(
            When(documents_in_work__gt=0, then=Value(DatasetStatus.PROCESSING)),
            When(documents_failed__gt=0, documents_answering=0, then=Value(DatasetStatus.FAILED)),
            default=Value(DatasetStatus.READY),
        ),
        updated_at=timezone.now(),
    )


def mend_counts() -> int:
    """Count documents anew where what was kept of them is wrong; return for how many datasets."""
    wrong = wrong_counts()
    for dataset_id in wrong:
        with changing(dataset_id):
            count_anew(dataset_id)
            refresh_status(dataset_id)
    return len(wrong)
