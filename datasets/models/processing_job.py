"""The only truth about background work."""

import uuid

from django.db import models
from django.db.models import Q

from datasets.models.dataset import Dataset
from datasets.models.document import Document
from datasets.models.payable import Payable
from datasets.queue.models import UNFINISHED, JobStatus, LeasedJob  # noqa: F401  (handed on)


class JobKind(models.TextChoices):
    """What is to be done."""

    PROCESS = "process"
    PURGE = "purge"
    REBUILD = "rebuild"


class ProcessingJob(Payable, LeasedJob):
    """A piece of work on a document (or, for a purge without one, on a whole dataset), done under a lease."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="jobs")
    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="jobs", null=True, blank=True)
    task_id = models.CharField(max_length=100, blank=True, default="")
    kind = models.CharField(max_length=16, choices=JobKind.choices, default=JobKind.PROCESS)
    version = models.PositiveIntegerField(default=1)
    # How far a document is indexed, for whoever goes on with it: so many chunks are written, of so many.
    chunks_written = models.PositiveIntegerField(default=0, db_default=0)
    chunks_planned = models.PositiveIntegerField(default=0, db_default=0)

    class Meta:
        db_table = "processing_jobs"
        ordering = ["-created_at", "id"]
        indexes = [
            models.Index(fields=["status", "run_after"], name="job_by_status"),
            models.Index(fields=["turn", "run_after", "id"], condition=Q(status=JobStatus.QUEUED), name="job_in_line"),
            models.Index(
                fields=["whose", "-turn"],
                condition=Q(status__in=[JobStatus.QUEUED, JobStatus.RUNNING]),
                name="job_of_whom",
            ),
            models.Index(fields=["lease_until"], condition=Q(status=JobStatus.RUNNING), name="job_in_hand"),
            models.Index(fields=["dataset", "-created_at"], name="job_by_dataset"),
            models.Index(fields=["document", "-created_at"], name="job_by_document"),
            models.Index(fields=["id"], condition=Q(refund_due=True), name="job_refund_due"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.document_id or self.dataset_id}: {self.status}"
