"""Finish or undo what a crash left between the two databases."""

from typing import Any

from authbridge.shared.commands import OperatorCommand
from datasets.services.reconcile import reconcile


class Command(OperatorCommand):
    """Safe to run at any time."""

    help = "Finish or undo what a crash left between the two databases; safe to run at any time."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"Reconciled: {reconcile()}.")
