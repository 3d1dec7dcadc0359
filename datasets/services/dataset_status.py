"""The one place that writes a dataset's count and status."""

import uuid

from django.db.models import Case, Count, Exists, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.utils import timezone

from datasets.models import Dataset, Document
from datasets.models.dataset import DatasetStatus
from datasets.models.document import DocumentStatus


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
