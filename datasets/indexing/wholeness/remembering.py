"""What was seen of a dataset's index, for all processes: written by the worker, and by whoever sees that it changed."""

from datetime import UTC, datetime

from django.db.models import QuerySet
from django.utils import timezone

from datasets.indexing.vector_store.incarnation import Incarnation
from datasets.models import Dataset


def remember(dataset: Dataset, missing: int, *, only_changes: bool = False) -> None:
    """Write down that so many chunks of a dataset are missing, seen now; if wanted only where that is news."""
    if only_changes and missing == (dataset.chunks_missing or 0):
        return
    Dataset.objects.filter(id=dataset.id).update(chunks_missing=missing, index_checked_at=timezone.now())
    dataset.chunks_missing = missing


def was_found_whole(dataset: Dataset, incarnation: Incarnation) -> bool:
    """Tell whether a dataset was seen whole in the engine that answers now."""
    seen_at, began_at = dataset.index_checked_at, incarnation.began_at
    return bool(dataset.chunks_missing == 0 and seen_at and began_at and seen_at.timestamp() > began_at)


def unseen(incarnation: Incarnation) -> "QuerySet[Dataset]":
    """Return the datasets that answer and were not looked at since this engine began, longest ago first."""
    rows = Dataset.objects.active().filter(documents_answering__gt=0)
    never = rows.filter(index_checked_at=None)
    if incarnation.began_at is not None:
        began = datetime.fromtimestamp(incarnation.began_at, UTC)
        never = never | rows.filter(index_checked_at__lte=began)
    return never.order_by("index_checked_at", "id")


def incomplete() -> "QuerySet[Dataset]":
    """Return the datasets of which chunks were missing when they were last looked at."""
    return Dataset.objects.active().filter(chunks_missing__gt=0).order_by("index_checked_at", "id")
