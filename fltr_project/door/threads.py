"""Threads that are shared fairly: whoever asks for much waits behind themselves, not before others."""

import logging
import threading
from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from typing import Any, TypeVar

T = TypeVar("T")
Task = tuple[Callable[[], Any], "Future[Any]"]

logger = logging.getLogger(__name__)

MOST_WAITING = 2_000


class Busy(Exception):
    """More waits than could be answered before its clients have given up."""


class FairThreads:
    """Some daemon threads that take tasks from each client in turn; one client never has more than `most_each`.

    Nobody waits for these threads when the process ends: what hangs in one must not hold up a stop.
    """

    def __init__(self, name: str, count: int, *, most_each: int) -> None:
        self._most_each = most_each
        self._changed = threading.Condition()
        self._waiting: OrderedDict[Hashable, deque[Task]] = OrderedDict()
        self._running: Counter[Hashable] = Counter()
        self._count_waiting = 0
        for number in range(count):
            threading.Thread(target=self._work, name=f"{name}-{number}", daemon=True).start()

    def submit(self, whose: Hashable, do: Callable[[], T], *, refusable: bool = True) -> "Future[T]":
        """Have something done for a client; Busy if too much waits already. Tidying up is never refused."""
        future: Future[T] = Future()
        with self._changed:
            if refusable and self._count_waiting >= MOST_WAITING:
                raise Busy
            self._waiting.setdefault(whose, deque()).append((do, future))
            self._count_waiting += 1
            self._changed.notify()
        return future

    def _work(self) -> None:
        while True:
            whose, (do, future) = self._take()
            if future.set_running_or_notify_cancel():
                try:
                    future.set_result(do())
                except BaseException as error:
                    future.set_exception(error)
            self._give_back(whose)

    def _take(self) -> tuple[Hashable, Task]:
        with self._changed:
            while (whose := self._next_in_turn()) is None:
                self._changed.wait()
            tasks = self._waiting[whose]
            task = tasks.popleft()
            self._count_waiting -= 1
            self._running[whose] += 1
            if tasks:
                self._waiting.move_to_end(whose)
            else:
                del self._waiting[whose]
            return whose, task

    def _next_in_turn(self) -> Hashable | None:
        return next((whose for whose in self._waiting if self._running[whose] < self._most_each), None)

    def _give_back(self, whose: Hashable) -> None:
        with self._changed:
            self._running[whose] -= 1
            if not self._running[whose]:
                del self._running[whose]
            if self._waiting:
                # It may be this client's turn again, which a thread passed over while it had its share.
                self._changed.notify()
