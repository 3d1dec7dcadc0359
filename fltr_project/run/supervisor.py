"""Keeps the vector engine and the worker running: whichever dies, or no longer answers, is started again."""

import logging
import threading
import time
from collections.abc import Mapping
from typing import Protocol

from fltr_project.run.pulse import Watch

logger = logging.getLogger(__name__)

LOOK_EVERY_S = 0.1
FIRST_PAUSE_S = 0.2
LONGEST_PAUSE_S = 10.0
# What ran for this long was healthy: its next end is a new story, and the pauses start small again.
HEALTHY_AFTER_S = 30.0


class Part(Protocol):
    """Something that runs in a process of its own."""

    def start(self) -> None:
        """Start it, also after it ended."""

    def poll(self) -> int | None:
        """Return the exit code of one that has ended."""

    def answers(self) -> bool:
        """Tell, within a second or two, whether it is more than a process that hangs."""

    def kill(self) -> None:
        """End it by force, without waiting for that; a frozen process takes nothing else."""


class Keeper:
    """Starts one part again when it has ended or is silent, after a pause that grows while it keeps ending."""

    def __init__(self, name: str, part: Part) -> None:
        self._name, self._part = name, part
        self._pause_s = FIRST_PAUSE_S
        self._started_at = time.monotonic()
        self._due_at: float | None = None
        self._watch = Watch(part.answers)
        self._was_silent = False

    def look(self) -> None:
        """Notice an end or a silence, or start again what is due."""
        now = time.monotonic()
        if self._due_at is not None:
            if now >= self._due_at:
                self._restart(now)
        elif (code := self._part.poll()) is not None:
            self._plan(now, "did not answer any more and was killed" if self._was_silent else f"ended {in_words(code)}")
        elif not self._was_silent and self._watch.is_over():
            # Its end is noticed by a later look: what waits for a disk that hangs is not even killed at once.
            self._was_silent = True
            self._part.kill()

    def _plan(self, now: float, what_happened: str) -> None:
        if now - self._started_at > HEALTHY_AFTER_S:
            self._pause_s = FIRST_PAUSE_S
        logger.warning("The %s %s; starting it again in %.1f s.", self._name, what_happened, self._pause_s)
        self._due_at = now + self._pause_s
        self._pause_s = min(2 * self._pause_s, LONGEST_PAUSE_S)

    def _restart(self, now: float) -> None:
        self._started_at, self._due_at, self._was_silent = now, None, False
        self._watch.begin()
        try:
            self._part.start()
        except Exception as error:
            # Whatever it was, for instance a full disk: healing has to go on.
            self._plan(now, f"could not be started ({error})")
        else:
            logger.info("The %s was started again.", self._name)


class Supervisor:
    """Looks after all parts (None for one that runs elsewhere) from a thread of its own, until `stop`."""

    def __init__(self, parts: Mapping[str, Part | None]) -> None:
        self._keepers = [Keeper(name, part) for name, part in parts.items() if part is not None]
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="supervisor", daemon=True)

    def start(self) -> None:
        """Begin to look after parts that have been started."""
        self._thread.start()

    def _run(self) -> None:
        while not self._stopping.wait(LOOK_EVERY_S):
            for keeper in self._keepers:
                keeper.look()

    def ask_to_stop(self) -> None:
        """Let parts stay down from now on; one that is being started right now may still come up."""
        self._stopping.set()

    def stop(self) -> None:
        """Let parts stay down from now on, and wait for one that is being started."""
        self.ask_to_stop()
        if self._thread.ident is not None:
            self._thread.join()


def in_words(code: int) -> str:
    """Say how a process ended."""
    return f"by signal {-code}" if code < 0 else f"with exit code {code}"
