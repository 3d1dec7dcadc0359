"""The worker process."""

import signal
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from datasets.worker import Worker


class Command(BaseCommand):
    """Process documents in the background until told to stop."""

    help = "Process documents in the background until told to stop (SIGTERM or Ctrl-C)."

    def add_arguments(self, parser: CommandParser) -> None:
        """How many jobs at once."""
        parser.add_argument("--concurrency", type=int, default=settings.WORKER_CONCURRENCY)

    def handle(self, *args: Any, concurrency: int, **options: Any) -> None:
        """Run until a signal comes."""
        worker = Worker(concurrency=concurrency)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: worker.stop())
        worker.run()
