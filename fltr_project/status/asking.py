"""Questions that may hang: each is asked in a thread that nobody has to wait for, and one at a time."""

import threading
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

from django.db import connections


class Question:
    """Something that is being asked. What is `told` comes one by one, until `is_done`; `error` says what ended it."""

    def __init__(self, tell: Callable[[], Iterable[Any]]) -> None:
        self.told: list[Any] = []
        self.error: Exception | None = None
        self.finished_at: datetime | None = None
        self._tell, self._done = tell, threading.Event()
        # A daemon: what hangs must not keep a command from ending.
        threading.Thread(target=self._run, name="status", daemon=True).start()

    @property
    def is_done(self) -> bool:
        """Tell whether nothing more will be told."""
        return self._done.is_set()

    def wait(self, until: float) -> bool:
        """Wait for the end up to a moment of time.monotonic(); tell whether it came."""
        return self._done.wait(max(0.0, until - time.monotonic()))

    def is_younger_than(self, seconds: float) -> bool:
        """Tell whether it is still being asked, or ended so short ago."""
        return self.finished_at is None or (datetime.now(UTC) - self.finished_at).total_seconds() < seconds

    def _run(self) -> None:
        try:
            self.told.extend(self._tell())
        except Exception as error:
            self.error = error
        finally:
            connections.close_all()
            self.finished_at = datetime.now(UTC)
            self._done.set()


class Desk:
    """Asks each question once at a time: who comes while it hangs is shown that one, and no threads pile up."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._asked: dict[str, Question] = {}

    def ask(self, name: str, tell: Callable[[], Iterable[Any]], *, good_for_s: float = 0) -> Question:
        """Return the question of this name that is being asked or is still good, or ask it from now on."""
        with self._lock:
            asked = self._asked.get(name)
            if asked is None or not asked.is_younger_than(good_for_s):
                asked = self._asked[name] = Question(tell)
            return asked
