"""The only truth about background work."""

import uuid
from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.utils import timezone

from datasets.models.dataset import Dataset
from datasets.models.document import Document
from datasets.models.payable import Payable


class JobKind(models.TextChoices):
    """What is to be done."""

    PROCESS = "process"
    PURGE = "purge"


class JobStatus(models.TextChoices):
    """How far it has come."""

    AWAITING_PAYMENT = "awaiting_payment"
    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


UNFINISHED = (JobStatus.AWAITING_PAYMENT, JobStatus.QUEUED, JobStatus.RUNNING)


class JobQuerySet(models.QuerySet["ProcessingJob"]):
    """Filters over jobs; they chain."""

    def claimable(self, now: Any) -> Self:
        """Those a worker may take: due and queued, or running under a lease that ran out."""
        return self.filter(
            Q(status=JobStatus.QUEUED, run_after__lte=now) | Q(status=JobStatus.RUNNING, lease_until__lt=now)
        )

    def unfinished(self) -> Self:
        """Those that may still change."""
        return self.filter(status__in=UNFINISHED)


class ProcessingJob(Payable):
    """A piece of work on a document (or, for a purge without one, on a whole dataset), done under a lease."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="jobs")
    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="jobs", null=True, blank=True)
    task_id = models.CharField(max_length=100, blank=True, default="")
    kind = models.CharField(max_length=16, choices=JobKind.choices, default=JobKind.PROCESS)
    status = models.CharField(max_length=16, choices=JobStatus.choices, default=JobStatus.AWAITING_PAYMENT)
    stage = models.CharField(max_length=32, blank=True, default="")
    progress = models.FloatField(default=0)
    version = models.PositiveIntegerField(default=1)
    retries = models.PositiveIntegerField(default=0)
    error: Any = models.JSONField(null=True, blank=True)
    leased_by = models.CharField(max_length=64, blank=True, default="")
    lease_until = models.DateTimeField(null=True, blank=True)
    run_after = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        db_table = "processing_jobs"
        ordering = ["-created_at", "id"]
        indexes = [
            models.Index(fields=["status", "run_after"], name="job_by_status"),
            models.Index(fields=["dataset", "-created_at"], name="job_by_dataset"),
            models.Index(fields=["document", "-created_at"], name="job_by_document"),
            models.Index(fields=["id"], condition=Q(refund_due=True), name="job_refund_due"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.document_id or self.dataset_id}: {self.status}"
