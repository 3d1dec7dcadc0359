"""The worker: threads that claim jobs under a lease, and others that keep the leases and the books."""

import logging
import os
import threading
from collections.abc import Callable

from django.conf import settings
from django.db import connections
from django.utils.module_loading import import_string

from authbridge.shared.process_names import is_known_dead, own_name
from datasets.indexing.embeddings import get_embedder
from datasets.models import ProcessingJob
from datasets.services import jobs, processing
from datasets.services.reconcile import reconcile

logger = logging.getLogger(__name__)

IDLE_S = 0.5
HEARTBEAT_EVERY_S = jobs.LEASE.total_seconds() / 3
RECONCILE_EVERY_S = 60.0
PARENT_WATCHED_EVERY_S = 1.0
PAUSE_AFTER_ERROR_S = 2.0


class Worker:
    """Does jobs in `concurrency` threads until told to stop or its parent process is gone."""

    def __init__(self, *, concurrency: int) -> None:
        self.stopping = threading.Event()
        self.in_hand: dict[threading.Thread, ProcessingJob] = {}
        self.name = own_name()
        loops = [
            (self.do_jobs, IDLE_S, concurrency),
            (self.prolong_leases, HEARTBEAT_EVERY_S, 1),
            (self.keep_books, RECONCILE_EVERY_S, 1),
        ]
        self.threads = [
            threading.Thread(target=self.repeat, args=(step, pause_s), daemon=True)
            for step, pause_s, count in loops
            for _ in range(count)
        ]

    def run(self) -> None:
        """Work until stopped. A job still in hand then is put back at once for the next worker."""
        parent = os.getppid()
        get_embedder()
        jobs.release_leases(is_known_dead)
        for thread in self.threads:
            thread.start()
        logger.info("Worker %s takes jobs.", self.name)
        while not self.stopping.wait(PARENT_WATCHED_EVERY_S):
            if os.getppid() != parent:
                logger.warning("The parent process is gone; leaving.")
                self.stop()
        for job in list(self.in_hand.values()):
            jobs.put_back(job, jobs.NO_PAUSE)

    def stop(self) -> None:
        """Ask all loops to end."""
        self.stopping.set()

    def repeat(self, step: Callable[[], None], pause_s: float) -> None:
        """Do a step again and again; an error is logged, and never ends the loop."""
        while not self.stopping.is_set():
            try:
                step()
                pause = pause_s
            except Exception:
                logger.exception("%s failed; it goes on.", step.__name__)
                pause = max(pause_s, PAUSE_AFTER_ERROR_S)
            finally:
                connections.close_all()
            self.stopping.wait(pause)

    def do_jobs(self) -> None:
        """Do jobs as long as there are any."""
        while not self.stopping.is_set() and (job := jobs.claim(self.name)):
            self.in_hand[threading.current_thread()] = job
            try:
                processing.run(job)
            finally:
                del self.in_hand[threading.current_thread()]

    def prolong_leases(self) -> None:
        """Keep the jobs in hand; one that was cancelled is noticed by whoever does it."""
        for job in list(self.in_hand.values()):
            jobs.heartbeat(job)

    def keep_books(self) -> None:
        """Finish or undo what a crash left between the databases."""
        report = reconcile()
        if report.did_something():
            logger.info("Reconciled: %s.", report)
        for task in settings.HOUSEKEEPING:
            import_string(task)()
