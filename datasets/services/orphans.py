"""Datasets whose owner is gone: users are in the other database, so no foreign key takes their datasets with them."""

from collections.abc import Sequence

from django.db.models import QuerySet

from authbridge.selectors import existing_users
from datasets.models import Dataset
from datasets.services.datasets import delete_dataset


def owners() -> set[str]:
    """Return the ids of all people who own a dataset."""
    return {str(id) for id in Dataset.objects.active().order_by().values_list("owner_id", flat=True).distinct()}


def orphans(owner_ids: set[str]) -> QuerySet[Dataset]:
    """Return the datasets of those of these owners who are not users any more."""
    gone = owner_ids - existing_users(owner_ids)
    return Dataset.objects.active().filter(owner_id__in=gone).order_by("created_at", "id")


def delete_orphans(found: Sequence[Dataset]) -> None:
    """Delete datasets as their owners would have: gone for queries at once, vectors and files in the background."""
    for dataset in found:
        delete_dataset(dataset)
