"""The worker: threads that take jobs under a lease, and others that keep the leases and do the chores."""

import logging
import os
import threading
from collections.abc import Callable, Sequence
from typing import Generic

from django.db import InterfaceError, OperationalError, connections

from authbridge.shared.complaints import Complaints, as_count
from authbridge.shared.postgresql.breaker import is_known_away
from authbridge.shared.process_names import is_known_dead, own_name
from datasets.queue import leases
from datasets.queue.chores import Chore, do_what_is_due
from datasets.queue.leases import Job

logger = logging.getLogger(__name__)

IDLE_S = 0.5
HEARTBEAT_EVERY_S = leases.LEASE.total_seconds() / 3
CHORES_LOOKED_AT_EVERY_S = 5.0
PARENT_WATCHED_EVERY_S = 1.0
PAUSE_AFTER_ERROR_S = 2.0


class Worker(Generic[Job]):
    """Does jobs of one table in `concurrency` threads until told to stop or its parent process is gone.

    `take` claims a job for the worker of this name, or returns None; `do` does it, and whatever happens ends it.
    """

    def __init__(
        self,
        table: type[Job],
        *,
        concurrency: int,
        take: Callable[[str], Job | None],
        do: Callable[[Job], None],
        chores: Sequence[Chore] = (),
    ) -> None:
        self.table, self.take, self.do, self.chores = table, take, do, chores
        self.stopping = threading.Event()
        self.in_hand: dict[threading.Thread, Job] = {}
        self.name = own_name()
        self.complaints = Complaints(every_s=30.0)
        loops = [
            (self.do_jobs, IDLE_S, concurrency),
            (self.prolong_leases, HEARTBEAT_EVERY_S, 1),
            (self.do_chores, CHORES_LOOKED_AT_EVERY_S, 1),
            # Apart, since they may take minutes.
            (self.do_nightly_chores, CHORES_LOOKED_AT_EVERY_S, 1),
        ]
        self.threads = [
            threading.Thread(target=self.repeat, args=(step, pause_s), daemon=True)
            for step, pause_s, count in loops
            for _ in range(count)
        ]

    def run(self) -> None:
        """Work until stopped. A job still in hand then is put back at once for the next worker."""
        parent = os.getppid()
        leases.reap(self.table, is_known_dead)
        for thread in self.threads:
            thread.start()
        logger.info("Worker %s takes jobs.", self.name)
        while not self.stopping.wait(PARENT_WATCHED_EVERY_S):
            if os.getppid() != parent:
                logger.warning("The parent process is gone; leaving.")
                self.stop()
        for job in list(self.in_hand.values()):
            leases.put_back(job)

    def stop(self) -> None:
        """Ask all loops to end."""
        self.stopping.set()

    def repeat(self, step: Callable[[], None], pause_s: float) -> None:
        """Do a step again and again; an error is logged, and never ends the loop."""
        while not self.stopping.is_set():
            try:
                step()
                pause = pause_s
            except (OperationalError, InterfaceError) as error:
                self.complain(step.__name__, error)
                pause = max(pause_s, PAUSE_AFTER_ERROR_S)
            except Exception:
                logger.exception("%s failed; it goes on.", step.__name__)
                pause = max(pause_s, PAUSE_AFTER_ERROR_S)
            finally:
                connections.close_all()
            self.stopping.wait(pause)

    def complain(self, step: str, error: Exception) -> None:
        """Say that a database keeps a loop waiting, unless its breaker has said so."""
        if not is_known_away() and (left_out := self.complaints.left_out_before(str(error))) is not None:
            logger.warning("%s waits for a database: %s%s", step, error, as_count(left_out))

    def do_jobs(self) -> None:
        """Do jobs as long as there are any."""
        while not self.stopping.is_set() and (job := self.take(self.name)):
            self.in_hand[threading.current_thread()] = job
            try:
                self.do(job)
            finally:
                del self.in_hand[threading.current_thread()]

    def prolong_leases(self) -> None:
        """Keep the jobs in hand; one that was cancelled is noticed by whoever does it."""
        for job in list(self.in_hand.values()):
            leases.heartbeat(job)

    def do_chores(self) -> None:
        """Do what is due besides jobs, if no other worker does."""
        do_what_is_due([chore for chore in self.chores if not chore.nightly])

    def do_nightly_chores(self) -> None:
        """Do those of the night."""
        do_what_is_due([chore for chore in self.chores if chore.nightly])
