"""What was there, was paid for, and was deleted: else a charge without its document would look like one for nothing."""

from django.db import models
from django.utils import timezone

from authbridge.shared.querysets import OneHomeQuerySet


class PurgedResource(models.Model):
    """A document or dataset of which nothing is left; a dataset's row stands for its documents, too."""

    id = models.UUIDField(primary_key=True)
    kind = models.CharField(max_length=16)
    purged_at = models.DateTimeField(default=timezone.now, db_index=True)

    objects = OneHomeQuerySet.as_manager()

    class Meta:
        db_table = "purged_resources"

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"


class PurgeHorizon(models.Model):
    """From when on purges are remembered: one row, or none where all of them are."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    since = models.DateTimeField()

    objects = OneHomeQuerySet.as_manager()

    class Meta:
        db_table = "purge_horizon"

    def __str__(self) -> str:
        return f"since {self.since:%Y-%m-%d}"
