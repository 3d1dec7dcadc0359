"""What a row of ours keeps about the charge on the other side, so that a crash between the two can be mended."""

from django.db import models
from django.utils import timezone

from authbridge.shared.model_fields import CharIdField


class Lifecycle(models.TextChoices):
    """Is a dataset or document there for anybody to see?"""

    AWAITING_PAYMENT = "awaiting_payment"
    ACTIVE = "active"
    CANCELLED = "cancelled"
    DELETED = "deleted"


PRESENT = (Lifecycle.AWAITING_PAYMENT, Lifecycle.ACTIVE)


class Payable(models.Model):
    """Who pays, how much, and the ledger row that did; `refund_due` says that it is to be given back."""

    payer_type = models.CharField(max_length=16, blank=True)
    payer_id = CharIdField(max_length=36, blank=True)
    payer_user_id = CharIdField(max_length=36, blank=True)
    api_key_id = CharIdField(max_length=36, null=True, blank=True)
    price = models.PositiveIntegerField(default=0)
    charge_key = models.CharField(max_length=255, blank=True)
    transaction_id = CharIdField(max_length=36, null=True, blank=True)
    refund_due = models.BooleanField(default=False)
    # Why reconcile could do nothing with it the last time that it tried.
    stuck_because = models.TextField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        abstract = True
