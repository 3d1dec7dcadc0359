"""The web server: granian in this process, with its workers beside it."""

import logging
import multiprocessing
import signal
import threading
from collections.abc import Callable
from typing import Any

from django.conf import settings
from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server import MPServer

from fltr_project.run.failures import SetupFailed

logger = logging.getLogger(__name__)

# A stream of events holds one of these for its whole life, so there are more than cores could use.
BLOCKING_THREADS = 16
STOP_TIMEOUT_S = 2
PAUSE_AFTER_CRASHES_S = 1.0


class WebServer:
    """Serves until SIGTERM or SIGHUP, also when granian gives its workers up."""

    def __init__(self, address: str, *, on_stop: Callable[[], None]) -> None:
        """`on_stop` is called as soon as the signal arrives, while requests still end."""
        self._address, self._on_stop = address, on_stop
        self._stopping = threading.Event()

    def serve(self, has_answered: Callable[[], bool]) -> None:
        """Serve. SetupFailed if it ends before it has answered anybody: then it would only fail again."""
        # A fork would take along this process's threads' locks, and its hold on the data folder.
        multiprocessing.set_start_method("spawn", force=True)
        while not self._serve_once():
            if not has_answered():
                raise SetupFailed("Its process ended while it started; the lines above say why.")
            logger.error("Web workers died twice within seconds; starting afresh.")
            if self._stopping.wait(PAUSE_AFTER_CRASHES_S):
                return

    def _serve_once(self) -> bool:
        """Serve until told to stop (True), or until a worker died twice within seconds, when granian exits (False)."""
        server = make_server(self._address)
        hangup = signal.getsignal(signal.SIGHUP)
        server.on_startup(lambda: self._take_signals(server, hangup))
        try:
            server.serve()
        except SystemExit:
            return self._stopping.is_set() or server.interrupt_signal
        except RuntimeError as error:
            # granian adds a stack of its own to the first line.
            raise SetupFailed(str(error).splitlines()[0]) from error
        return True

    def _take_signals(self, server: MPServer, hangup: Any) -> None:
        def stop(*_: object) -> None:
            self._stopping.set()
            self._on_stop()
            server.signal_handler_interrupt()

        signal.signal(signal.SIGTERM, stop)
        # granian would reload at SIGHUP, and live on without the terminal that was closed.
        signal.signal(signal.SIGHUP, signal.SIG_IGN if hangup is signal.SIG_IGN else stop)
        if self._stopping.is_set():
            # The signal came while no server was there to hear it.
            server.signal_handler_interrupt()


def make_server(address: str) -> MPServer:
    """Configure granian: quiet, its lines in our format, and quick to stop."""
    return MPServer(
        "fltr_project.wsgi:application",
        address=address,
        port=settings.PORT,
        interface=Interfaces.WSGI,
        workers=settings.WEB_WORKERS,
        blocking_threads=BLOCKING_THREADS,
        websockets=False,
        respawn_failed_workers=True,
        workers_kill_timeout=STOP_TIMEOUT_S,
        log_level=LogLevels.error,
        log_dictconfig={
            "formatters": settings.LOGGING["formatters"],
            "handlers": settings.LOGGING["handlers"],
            "loggers": {"_granian": {"handlers": ["console"], "propagate": False}},
        },
    )
