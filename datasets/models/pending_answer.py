"""A charge whose answer is not out yet."""

import uuid

from django.db import models

from datasets.models.payable import Payable


class PendingAnswer(Payable):
    """Written before a query is charged and removed once its answer is; what a crash leaves here is given back."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)

    class Meta:
        db_table = "pending_answers"
        indexes = [models.Index(fields=["created_at"], name="pending_answer_by_age")]

    def __str__(self) -> str:
        return self.charge_key
