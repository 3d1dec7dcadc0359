"""Changing several rows of a dataset together; the one place that writes its count and status."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction
from django.db.models import Case, Count, Exists, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.utils import timezone

from datasets.models import Dataset, Document
from datasets.models.dataset import DatasetStatus
from datasets.models.document import DocumentStatus


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
    """Bring a dataset's count and status in line with its documents, in SQL, so that racing calls end right."""
    mine = Document.objects.active().filter(dataset=OuterRef("pk"))
    count = mine.order_by().values("dataset").annotate(count=Count("pk")).values("count")
    in_work = mine.filter(status__in=[DocumentStatus.PENDING, DocumentStatus.PROCESSING])
    failed = mine.filter(status=DocumentStatus.FAILED)
    answering = mine.filter(Q(status=DocumentStatus.READY) | Q(version__gt=0))
    Dataset.objects.filter(id=dataset_id).update(
        document_count=Coalesce(Subquery(count), 0),
        status=Case(
            When(Exists(in_work), then=Value(DatasetStatus.PROCESSING)),
            When(Exists(failed) & ~Exists(answering), then=Value(DatasetStatus.FAILED)),
            default=Value(DatasetStatus.READY),
        ),
        updated_at=timezone.now(),
    )
