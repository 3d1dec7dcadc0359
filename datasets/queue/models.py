"""The columns by which a table's rows can be worked off, and the states they go through."""

from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.utils import timezone

from authbridge.shared.querysets import OneHomeQuerySet


class JobStatus(models.TextChoices):
    """How far a job has come; one that awaits its payment is nobody's to take yet."""

    AWAITING_PAYMENT = "awaiting_payment"
    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


UNFINISHED = (JobStatus.AWAITING_PAYMENT, JobStatus.QUEUED, JobStatus.RUNNING)


class LeasedQuerySet(OneHomeQuerySet[Any]):
    """Filters over jobs; they chain."""

    def claimable(self, now: Any) -> Self:
        """Those a worker may take: due and queued, or running under a lease that ran out."""
        return self.filter(
            Q(status=JobStatus.QUEUED, run_after__lte=now) | Q(status=JobStatus.RUNNING, lease_until__lt=now)
        )

    def unfinished(self) -> Self:
        """Those that may still change."""
        return self.filter(status__in=UNFINISHED)


class LeasedJob(models.Model):
    """A row that workers take under a lease; `retries` counts those that did not come to an end."""

    status = models.CharField(max_length=16, choices=JobStatus.choices, default=JobStatus.AWAITING_PAYMENT)
    stage = models.CharField(max_length=32, blank=True, default="")
    progress = models.FloatField(default=0)
    retries = models.PositiveIntegerField(default=0)
    error: Any = models.JSONField(null=True, blank=True)
    leased_by = models.CharField(max_length=64, blank=True, default="")
    # How often it was taken; who holds an earlier number holds it no more.
    fence = models.PositiveIntegerField(default=0, db_default=0)
    # Whose it is, and where it stands in line: a newcomer's first comes right after what is being done now.
    whose = models.CharField(max_length=64, blank=True, default="", db_default="")
    turn = models.BigIntegerField(default=0, db_default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    run_after = models.DateTimeField(default=timezone.now)
    # Since when a part it needs has kept it from going on.
    waits_since = models.DateTimeField(null=True, blank=True, editable=False)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = LeasedQuerySet.as_manager()

    class Meta:
        abstract = True


class ChoreRun(models.Model):
    """When a chore is due, and how it last went; one row a chore."""

    name = models.CharField(max_length=64, primary_key=True)
    due_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=500, blank=True, default="")
    error = models.CharField(max_length=500, blank=True, default="")

    class Meta:
        app_label = "datasets"
        db_table = "chore_runs"

    def __str__(self) -> str:
        return self.name
