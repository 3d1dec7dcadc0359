"""Datasets whose owner is gone: users are in the other database, so no foreign key takes their datasets with them."""

import uuid
from collections.abc import Sequence

from django.db.models import QuerySet
from django.utils import timezone

from authbridge.selectors import existing_users
from credits.services import AuditAction, note_act
from credits.services.leaving import MISSED_FOR
from datasets.models import Dataset, Lifecycle
from datasets.services.datasets import delete_dataset

NOBODY_LEFT = (
    "Not one owner of a dataset is a user here, so none was deleted. If AUTH_DATABASE_URL names the right"
    " database, and all of these are to be deleted: manage.py delete_orphans --even-all."
)


def owners() -> set[uuid.UUID]:
    """Return the ids of all people who own a dataset."""
    return set(Dataset.objects.active().order_by().values_list("owner_id", flat=True).distinct())


def orphans(owner_ids: set[uuid.UUID]) -> QuerySet[Dataset]:
    """Return the datasets of those of these owners who are not users any more."""
    gone = owner_ids - existing_users(owner_ids)
    return Dataset.objects.active().filter(owner_id__in=gone).order_by("created_at", "id")


def find_orphans() -> tuple[list[Dataset], bool]:
    """Return all of them, and whether nobody would keep a dataset, which a wrong user database looks like."""
    people = owners()
    found = list(orphans(people))
    return found, bool(found) and people == {dataset.owner_id for dataset in found}


def delete_orphans(found: Sequence[Dataset]) -> None:
    """Delete datasets as their owners would have: gone for queries at once, vectors and files in the background."""
    for dataset in found:
        delete_dataset(dataset)


def delete_orphans_by_hand(found: Sequence[Dataset]) -> None:
    """Delete them and note each: if this dies in between, the next call finds, deletes and notes the others."""
    for dataset in found:
        delete_dataset(dataset)
        note_act(
            AuditAction.DELETE_DATASET,
            subject=("dataset", dataset.id),
            user_id=dataset.owner_id,
            before={"lifecycle": dataset.lifecycle, "documents": dataset.document_count},
            after={"lifecycle": Lifecycle.DELETED},
            name=dataset.name,
            reason="Its owner is not a user any more.",
        )


def delete_long_missed(found: Sequence[Dataset]) -> int:
    """Delete those of these whose owner was missed long ago, and remember the others; return how many were deleted."""
    now = timezone.now()
    ids = [dataset.id for dataset in found]
    Dataset.objects.exclude(id__in=ids).exclude(owner_missed_at=None).update(owner_missed_at=None)
    Dataset.objects.filter(id__in=ids, owner_missed_at=None).update(owner_missed_at=now)
    due = list(Dataset.objects.active().filter(id__in=ids, owner_missed_at__lt=now - MISSED_FOR))
    delete_orphans(due)
    return len(due)
