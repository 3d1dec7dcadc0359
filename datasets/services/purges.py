"""The last step of a deletion: a row goes, and word is left of it in the same transaction, for as long as it may serve.

A ledger's row stays for ever, so whoever asks what a charge was for needs to know what was there and is no more. That
is asked of charges from `remembered_since` on, and no purge since then is forgotten.
"""

from datetime import UTC, datetime, timedelta

from django.db import transaction
from django.utils import timezone

from datasets.models import Dataset, Document, PurgedResource, PurgeHorizon

# Longer than backups are kept, of which one may come back.
REMEMBERED_FOR = timedelta(days=90)
EVER = datetime.min.replace(tzinfo=UTC)


def purge(resource: Dataset | Document) -> bool:
    """Delete a dataset's or document's row and all that hangs on it; False if somebody else just did."""
    kind = type(resource)
    with transaction.atomic(using="default"):
        gone = PurgedResource(id=resource.pk, kind=kind.__name__.lower())
        PurgedResource.objects.bulk_create([gone], ignore_conflicts=True)
        _, by_kind = kind._default_manager.filter(pk=resource.pk).delete()
    return by_kind.get(kind._meta.label, 0) == 1


def remembered_since() -> datetime | None:
    """Return from when on every purge is known; None where all are."""
    return PurgeHorizon.objects.values_list("since", flat=True).first()


def forget_old_purges() -> int:
    """Forget what was purged long ago, once charges from before it have been looked at; return how many."""
    since = timezone.now() - REMEMBERED_FOR
    with transaction.atomic(using="default"):
        forgotten, _ = PurgedResource.objects.filter(purged_at__lt=since).delete()
        if since > (remembered_since() or EVER):
            PurgeHorizon.objects.update_or_create(id=1, defaults={"since": since})
    return forgotten
