"""Is a server there? Once it was not for one, all others are told so at once, until it is found to be back."""

import logging
import threading
import time
from collections.abc import Callable

logger = logging.getLogger(__name__)

LOOK_EVERY_S = 0.5


class Breaker:
    """Closed while a server answers. `look` asks it and raises what is wrong; `name` begins the lines of the log."""

    def __init__(
        self,
        name: str,
        *,
        look: Callable[[], None],
        on_gone: Callable[[], None] = lambda: None,
        on_back: Callable[[], None] = lambda: None,
    ) -> None:
        self._name, self._look, self._on_gone, self._on_back = name, look, on_gone, on_back
        self._lock = threading.Lock()
        self._is_looking = False
        self._reason: str | None = None
        # Cleared while a first look has not come back.
        self._is_clear = threading.Event()
        self._is_clear.set()

    @property
    def is_open(self) -> bool:
        """Tell whether the server is known not to answer."""
        return self._reason is not None

    def insist(self, error: Callable[[str], Exception], *, wait_s: float = 0) -> None:
        """Fail at once, by such an error, while the server is known not to answer; a first look is waited for."""
        self._is_clear.wait(wait_s)
        if (reason := self._reason) is not None:
            raise error(reason)

    def suspect(self) -> None:
        """Have it looked whether the server is there; one look at a time, and then for as long as it is not."""
        with self._lock:
            if self._is_looking:
                return
            self._is_looking = True
            self._is_clear.clear()
        threading.Thread(target=self._look_until_it_answers, name=f"breaker-{self._name}", daemon=True).start()

    def _look_until_it_answers(self) -> None:
        began = time.monotonic()
        try:
            while (reason := self._what_is_wrong()) is not None:
                was_known, self._reason = self._reason is not None, reason
                if not was_known:
                    logger.warning("The %s does not answer: %s", self._name, reason)
                    self._on_gone()
                self._is_clear.set()
                time.sleep(LOOK_EVERY_S)
            if self._reason is not None:
                self._on_back()
                self._reason = None
                logger.warning("The %s answers again, after %.1f s.", self._name, time.monotonic() - began)
        finally:
            with self._lock:
                self._is_looking = False
                self._is_clear.set()

    def _what_is_wrong(self) -> str | None:
        try:
            self._look()
        except Exception as error:
            return str(error).strip().partition("\n")[0] or type(error).__name__
        return None
