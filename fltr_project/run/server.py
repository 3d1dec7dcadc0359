"""The web server: a socket, and the processes that answer on it, started again when they die."""

import logging
import multiprocessing
import signal
import socket
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from typing import Any

from django.conf import settings

from fltr_project.door.serving import BACKLOG, STOP_TIMEOUT_S, serve
from fltr_project.run.failures import SetupFailed
from fltr_project.run.pulse import Pulse, Watch, beat
from fltr_project.run.stopping import StopSignal

logger = logging.getLogger(__name__)

LOOK_EVERY_S = 0.1
PAUSE_AFTER_CRASHES_S = 1.0
# A process that ends sooner than this has not served.
CRASH_WITHIN_S = 5.0
KILL_TAKES_S = 1.0
# A fork would take along this process's threads' locks, and its hold on the data folder.
SPAWN = multiprocessing.get_context("spawn")


class WebProcess:
    """One of the processes that answer."""

    def __init__(self, listener: socket.socket) -> None:
        self._listener, self._pulse = listener, Pulse()
        self._watch = Watch(self._pulse.is_felt)
        self.start()

    def start(self) -> None:
        """Start it, for the first time or again."""
        self._started_at = time.monotonic()
        self._watch.begin()
        self.process: SpawnProcess = SPAWN.Process(
            target=serve_beating, args=(self._pulse.writes, self._listener, settings.LOGGING), name="web", daemon=True
        )
        self.process.start()

    def end_if_silent(self) -> bool:
        """Kill it if its loop has stood still for too long; tell whether it has ended by that."""
        if not self._watch.is_over():
            return False
        self.process.kill()
        self.process.join(KILL_TAKES_S)
        return not self.process.is_alive()

    @property
    def is_young(self) -> bool:
        """Tell whether it was started just now: if it has ended, it never served."""
        return time.monotonic() - self._started_at < CRASH_WITHIN_S


class WebServer:
    """Serves until SIGTERM or SIGHUP, whatever becomes of its processes."""

    def __init__(self, address: str, *, on_stop: Callable[[], None]) -> None:
        """`on_stop` is called once the signal has come, while requests still end."""
        self._address, self._on_stop = address, on_stop

    def serve(self, has_answered: Callable[[], bool]) -> None:
        """Serve. SetupFailed if it ends before it has answered anybody: then it would only fail again."""
        with listen(self._address, settings.PORT) as listener:
            stopping = StopSignal(*stop_signals())
            processes = [WebProcess(listener) for _ in range(settings.WEB_WORKERS)]
            try:
                while not stopping.wait(LOOK_EVERY_S):
                    self._look_after(processes, has_answered, stopping)
                self._on_stop()
            finally:
                stop(processes)

    def _has_served(self, processes: list[WebProcess]) -> bool:
        return any(each.process.is_alive() and not each.is_young for each in processes)

    def _look_after(self, processes: list[WebProcess], has_answered: Callable[[], bool], stopping: StopSignal) -> None:
        for each in processes:
            if each.process.is_alive():
                if not each.end_if_silent():
                    continue
                logger.warning("A web process did not answer any more and was killed; starting it again.")
            elif each.is_young:
                if not (has_answered() or self._has_served(processes)):
                    raise SetupFailed("Its process ended while it started; the lines above say why.")
                logger.error("A web process died within seconds; starting it afresh.")
                if stopping.wait(PAUSE_AFTER_CRASHES_S):
                    return
            else:
                logger.warning("A web process ended with code %s; starting it again.", each.process.exitcode)
            each.start()


def serve_beating(pulse: Connection, listener: socket.socket, logging_settings: dict[str, Any]) -> None:
    """Serve, in a process of its own, and have its parent know that it does."""
    serve(listener, logging_settings, lambda: beat(pulse))


def stop_signals() -> list[signal.Signals]:
    """Return what stops the server. Without the terminal that was closed there is nobody to serve for."""
    # Under nohup it stays ignored.
    is_heard = signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN
    return [signal.SIGTERM, signal.SIGHUP] if is_heard else [signal.SIGTERM]


def listen(address: str, port: int) -> socket.socket:
    """Return a socket that takes connections for whichever process is free."""
    listener = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((address, port))
    except OSError as error:
        listener.close()
        raise SetupFailed(f"Cannot listen on {address}:{port}: {error.strerror}. Choose another PORT.") from error
    listener.listen(BACKLOG)
    listener.set_inheritable(True)
    return listener


def stop(processes: list[WebProcess]) -> None:
    """End all of them: what they are answering first, but not for long."""
    for each in processes:
        each.process.terminate()
    ends_at = time.monotonic() + STOP_TIMEOUT_S + LOOK_EVERY_S
    for each in processes:
        each.process.join(max(0.0, ends_at - time.monotonic()))
        if each.process.is_alive():
            each.process.kill()
            each.process.join()
