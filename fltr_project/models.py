"""What the front door itself remembers."""

import uuid
from typing import Any

from django.db import models


class IdempotentRequest(models.Model):
    """A request under an Idempotency-Key: running, or answered with a 2xx that a repeat gets again."""

    caller = models.CharField(max_length=80)
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64)
    operation_id = models.UUIDField(default=uuid.uuid4)
    process = models.CharField(max_length=100)
    running_until = models.DateTimeField(null=True)
    status = models.PositiveSmallIntegerField(null=True)
    body: Any = models.JSONField(null=True)
    headers: Any = models.JSONField(default=dict)
    created_at = models.DateTimeField(db_index=True)

    # Not stored: whether this attempt goes on for one that died, and whether a repeat gets the same body.
    was_taken_over = False
    keeps_body = True

    class Meta:
        db_table = "idempotent_requests"
        # Of no row: Django keeps permissions with models, and the status has none.
        permissions = [("view_status", "Can view the status of the instance")]
        constraints = [models.UniqueConstraint(fields=["caller", "key"], name="idempotency_key_once_per_caller")]

    def __str__(self) -> str:
        return f"{self.key} of {self.caller}"
