"""A file or text in a dataset."""

import uuid
from typing import Any, Self

from django.db import models
from django.utils import timezone

from authbridge.shared.querysets import OneHomeQuerySet
from datasets.models.dataset import Dataset
from datasets.models.payable import Lifecycle


class DocumentStatus(models.TextChoices):
    """How far a document has come."""

    PENDING = "pending"
    PROCESSING = "processing"
    READY = "ready"
    FAILED = "failed"


class DocumentQuerySet(OneHomeQuerySet["Document"]):
    """Filters over documents; they chain."""

    def active(self) -> Self:
        """Paid for and not deleted."""
        return self.filter(lifecycle=Lifecycle.ACTIVE)

    def searchable(self) -> Self:
        """Those whose chunks a query may return."""
        return self.active().filter(version__gt=0)


class Document(models.Model):
    """A document. `version` is the one whose chunks are alive; 0 until the first is in."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="documents")
    filename = models.CharField(max_length=255)
    object_key = models.CharField(max_length=255)
    file_size = models.PositiveBigIntegerField()
    mime_type = models.CharField(max_length=150)
    content_hash = models.CharField(max_length=64)
    # The hash again while a second upload of the same bytes should find this one; null where it may repeat.
    dedupe_key = models.CharField(max_length=64, null=True, blank=True)
    status = models.CharField(max_length=16, choices=DocumentStatus.choices, default=DocumentStatus.PENDING)
    lifecycle = models.CharField(max_length=16, choices=Lifecycle.choices, default=Lifecycle.AWAITING_PAYMENT)
    version = models.PositiveIntegerField(default=0)
    attempt = models.PositiveIntegerField(default=1)
    chunk_count = models.PositiveIntegerField(default=0)
    error: Any = models.JSONField(null=True, blank=True)
    metadata: Any = models.JSONField(default=dict, blank=True)
    credits_charged = models.PositiveIntegerField(default=0)
    processing_time_ms = models.PositiveIntegerField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)
    processed_at = models.DateTimeField(null=True, blank=True)

    objects = DocumentQuerySet.as_manager()

    class Meta:
        db_table = "documents"
        ordering = ["-created_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["dataset", "dedupe_key"], name="document_bytes_once_per_dataset")
        ]
        indexes = [
            models.Index(fields=["dataset", "lifecycle", "-created_at"], name="document_listed"),
            models.Index(fields=["dataset", "content_hash"], name="document_by_bytes"),
        ]

    def __str__(self) -> str:
        return self.filename
