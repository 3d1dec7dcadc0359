"""Add the ledger's rows up anew."""

from typing import Any

from django.conf import settings
from django.db import transaction

from authbridge.shared.commands import OperatorCommand
from credits.models import AuditAction
from credits.services.audit import note_act
from credits.triggers import totals


class Command(OperatorCommand):
    """Changes totals alone: neither a balance nor a row."""

    help = (
        "Count the ledger's totals anew from its rows, where verify_ledger says that they are wrong. Charges wait"
        " meanwhile."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        with transaction.atomic(using=settings.AUTH_DB):
            totals.recount()
            note_act(AuditAction.RECOUNT, subject=("totals", None))
        self.stdout.write("The totals are what the rows add up to.")
