"""Watching jobs: one thread looks for all who watch, and tells each what has changed.

Whoever watches is told from that thread, so what they do with it must be quick.
"""

import logging
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from uuid import UUID

from django.db import connections

from datasets.models import ProcessingJob

logger = logging.getLogger(__name__)

LOOK_EVERY_S = 0.5
JOBS_A_QUERY = 500
# Called with the job as it is now, or None once it is not there any more.
Tell = Callable[[ProcessingJob | None], None]


class Watch:
    """Looks after all watched jobs by one query for some hundred of them, while any is watched."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._watchers: defaultdict[UUID, list[Tell]] = defaultdict(list)
        self._thread: threading.Thread | None = None

    @contextmanager
    def watching(self, job_id: UUID, tell: Tell) -> Iterator[None]:
        """Be told of a job every half second, until the end of the block."""
        with self._changed:
            self._watchers[job_id].append(tell)
            if self._thread is None:
                self._thread = threading.Thread(target=self._look_for_ever, name="watch", daemon=True)
                self._thread.start()
            self._changed.notify()
        try:
            yield
        finally:
            with self._changed:
                self._watchers[job_id].remove(tell)
                if not self._watchers[job_id]:
                    del self._watchers[job_id]

    def __len__(self) -> int:
        with self._changed:
            return sum(map(len, self._watchers.values()))

    def _look_for_ever(self) -> None:
        is_failing = False
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._watchers)
            try:
                self.look()
            except Exception:
                # Those who watch hear nothing meanwhile; one line says why, however long it lasts.
                if not is_failing:
                    logger.warning("Watched jobs cannot be looked at; trying on.", exc_info=True)
                is_failing = True
            else:
                is_failing = False
            with self._changed:
                self._changed.wait(LOOK_EVERY_S)

    def look(self) -> None:
        """Look once, and tell everybody."""
        with self._changed:
            wanted = list(self._watchers)
        try:
            for begin in range(0, len(wanted), JOBS_A_QUERY):
                batch = wanted[begin : begin + JOBS_A_QUERY]
                found = ProcessingJob.objects.in_bulk(batch)
                for job_id in batch:
                    self._tell(job_id, found.get(job_id))
        finally:
            connections["default"].close()

    def _tell(self, job_id: UUID, job: ProcessingJob | None) -> None:
        with self._changed:
            watchers = list(self._watchers.get(job_id, ()))
        for tell in watchers:
            tell(job)


watch = Watch()
