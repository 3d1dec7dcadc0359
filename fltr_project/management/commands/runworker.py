"""The worker process."""

import signal
import threading
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from datasets.services.machinery import load_model
from datasets.services.worker import make_worker
from fltr_project.run.background import CHORES
from fltr_project.run.failures import SetupFailed
from fltr_project.run.halves import refuse_half_a_restore
from fltr_project.run.pulse import keep_beating
from fltr_project.run.stopping import StopSignal
from fltr_project.run.tracing import start_tracing


class Command(BaseCommand):
    """Process documents in the background until told to stop."""

    help = "Process documents in the background until told to stop (SIGTERM or Ctrl-C)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--concurrency", type=int, default=settings.WORKER_CONCURRENCY)

    def handle(self, *args: Any, concurrency: int, **options: Any) -> None:
        keep_beating()
        try:
            refuse_half_a_restore()
        except SetupFailed as error:
            raise CommandError(str(error)) from error
        worker = make_worker(concurrency=concurrency, chores=CHORES)
        stopping = StopSignal(signal.SIGTERM, signal.SIGINT)

        def stop() -> None:
            stopping.wait()
            worker.stop()

        threading.Thread(target=stop, name="stop", daemon=True).start()
        start_tracing("fltr-worker")
        # Before the first job, which would wait for it.
        load_model()
        worker.run()
