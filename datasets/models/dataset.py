"""A named collection of documents with one owner."""

import uuid
from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.utils import timezone

from authbridge.selectors import find_users
from authbridge.shared.callers import Person
from authbridge.shared.querysets import OneHomeQuerySet
from datasets.models.payable import PRESENT, Lifecycle, Payable


class Visibility(models.TextChoices):
    """Who may see a dataset."""

    PRIVATE = "private"
    PUBLIC = "public"
    PREMIUM = "premium"


class DatasetStatus(models.TextChoices):
    """The state of a dataset's documents, taken together."""

    UPLOADING = "uploading"
    PROCESSING = "processing"
    READY = "ready"
    FAILED = "failed"


class DatasetQuerySet(OneHomeQuerySet["Dataset"]):
    """Filters over datasets; they chain."""

    def active(self) -> Self:
        """Paid for and not deleted."""
        return self.filter(lifecycle=Lifecycle.ACTIVE)

    def owned_by(self, user_id: uuid.UUID) -> Self:
        """A person's own."""
        return self.filter(owner_id=user_id)

    def listed_for(self, user_id: uuid.UUID | None) -> Self:
        """One's own, and those that are listed for all."""
        listed = Q(visibility__in=[Visibility.PUBLIC, Visibility.PREMIUM])
        return self.filter(listed | Q(owner_id=user_id) if user_id else listed)


class Dataset(Payable):
    """A dataset. `owner_id` names a user of the other database, so it is checked in code and has no foreign key."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner_id = models.UUIDField(db_index=True)
    name = models.CharField(max_length=200)
    slug = models.SlugField(max_length=80)
    description = models.TextField(blank=True, default="")
    category = models.CharField(max_length=100, blank=True, default="")
    visibility = models.CharField(max_length=16, choices=Visibility.choices, default=Visibility.PRIVATE)
    status = models.CharField(max_length=16, choices=DatasetStatus.choices, default=DatasetStatus.READY)
    lifecycle = models.CharField(max_length=16, choices=Lifecycle.choices, default=Lifecycle.AWAITING_PAYMENT)
    collection_name = models.CharField(max_length=100)
    # How many documents there are, and how many of them in which state: triggers keep it, see datasets/counters.py.
    document_count = models.PositiveIntegerField(default=0)
    documents_in_work = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    documents_failed = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    documents_answering = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    embedding_model = models.CharField(max_length=100)
    embedding_dimension = models.PositiveIntegerField()
    pricing_model = models.CharField(max_length=50, null=True, blank=True)
    price_monthly = models.DecimalField(max_digits=10, decimal_places=2, null=True, blank=True)
    price_annual = models.DecimalField(max_digits=10, decimal_places=2, null=True, blank=True)
    rating_average = models.FloatField(null=True, blank=True)
    download_count = models.PositiveIntegerField(default=0)
    metadata: Any = models.JSONField(default=dict, blank=True)
    updated_at = models.DateTimeField(default=timezone.now)
    # How many chunks were missing in the index when that was last looked at; null if it never was.
    chunks_missing = models.PositiveIntegerField(null=True, editable=False)
    index_checked_at = models.DateTimeField(null=True, editable=False)
    owner_missed_at = models.DateTimeField(null=True, editable=False)
    # Whose id this was looked up for, and what was found.
    _known_owner: tuple[uuid.UUID, Person | None] | None = None

    objects = DatasetQuerySet.as_manager()

    class Meta:
        db_table = "datasets"
        ordering = ["-created_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["owner_id", "name"], condition=Q(lifecycle__in=PRESENT), name="dataset_name_once_per_owner"
            ),
            models.UniqueConstraint(fields=["slug"], condition=Q(lifecycle__in=PRESENT), name="dataset_slug_once"),
        ]
        indexes = [
            models.Index(fields=["lifecycle", "visibility", "-created_at"], name="dataset_listed"),
            models.Index(fields=["id"], condition=Q(chunks_missing__gt=0), name="dataset_incomplete"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def owner(self) -> Person | None:
        """Whose it is, asked of the user database once; nobody if they left. For many: selectors.with_owners."""
        known = self._known_owner
        if known is None or known[0] != self.owner_id:
            known = self._known_owner = (self.owner_id, find_users([self.owner_id]).get(self.owner_id))
        return known[1]

    @owner.setter
    def owner(self, owner: Person | None) -> None:
        if owner is not None:
            self.owner_id = owner.id
        self._known_owner = (self.owner_id, owner)

    def refresh_from_db(self, *args: Any, **kwargs: Any) -> None:
        """Read the row again, and forget who was found to be its owner."""
        super().refresh_from_db(*args, **kwargs)
        self._known_owner = None
