"""Is a server there? Once it was not for one, all others are told so at once, until it is found to be back."""

import logging
import threading
import time
from collections.abc import Callable

from psycopg import OperationalError

logger = logging.getLogger(__name__)

LOOK_EVERY_S = 0.5
# The breakers of this process, by the alias of their database.
breakers: dict[str, "Breaker"] = {}


def is_known_away() -> bool:
    """Tell whether any database is known not to answer."""
    return any(breaker.is_open for breaker in list(breakers.values()))


def suspect_all() -> None:
    """Have all databases looked at: those of one server go away together."""
    for breaker in list(breakers.values()):
        breaker.suspect()


class Breaker:
    """Closed while a database answers. `look` connects to it and raises what is wrong."""

    def __init__(
        self, name: str, *, look: Callable[[], None], on_gone: Callable[[], None], on_back: Callable[[], None]
    ) -> None:
        self._name, self._look, self._on_gone, self._on_back = name, look, on_gone, on_back
        self._lock = threading.Lock()
        self._is_looking = False
        self._reason: str | None = None

    @property
    def is_open(self) -> bool:
        """Tell whether the database is known not to answer."""
        return self._reason is not None

    def insist(self) -> None:
        """Fail at once while the database is known not to answer."""
        if (reason := self._reason) is not None:
            raise OperationalError(reason)

    def suspect(self) -> None:
        """Have it looked whether the database is there; one look at a time, and then for as long as it is not."""
        with self._lock:
            if self._is_looking:
                return
            self._is_looking = True
        threading.Thread(target=self._look_until_it_answers, name=f"breaker-{self._name}", daemon=True).start()

    def _look_until_it_answers(self) -> None:
        began = time.monotonic()
        try:
            while (reason := self._what_is_wrong()) is not None:
                was_known, self._reason = self._reason is not None, reason
                if not was_known:
                    logger.warning("The database %s does not answer: %s", self._name, reason)
                    self._on_gone()
                time.sleep(LOOK_EVERY_S)
            if self._reason is not None:
                self._on_back()
                self._reason = None
                logger.warning("The database %s answers again, after %.1f s.", self._name, time.monotonic() - began)
        finally:
            with self._lock:
                self._is_looking = False

    def _what_is_wrong(self) -> str | None:
        try:
            self._look()
        except Exception as error:
            return str(error).strip().partition("\n")[0] or type(error).__name__
        return None
