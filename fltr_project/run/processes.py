"""Processes that belong together: a child leaves with its parent, and Ctrl-C is the parent's business alone."""

import os
import signal
import subprocess
import sys
import threading
import time
from multiprocessing import resource_tracker
from types import FrameType

from fltr_project.configuration.environment import BASE_DIR
from fltr_project.run.pulse import PULSE_FD, Pulse

# Names, to the processes that `serve` starts, the one they belong to; asking only once they run could be too late.
PARENT_PID = "FLTR_PARENT_PID"
PARENT_WATCHED_EVERY_S = 0.25
ORPHAN_GRACE_S = 2.0


def adopt_children() -> None:
    """Have all processes started from here on leave with this one."""
    os.environ[PARENT_PID] = str(os.getpid())


def leave_with_parent(parent_pid: int) -> None:
    """End this process when its parent has gone: an orphaned web worker would keep the port."""
    threading.Thread(target=_watch_parent, args=[parent_pid], name="parent-watch", daemon=True).start()


def _watch_parent(parent_pid: int) -> None:
    while os.getppid() == parent_pid:
        time.sleep(PARENT_WATCHED_EVERY_S)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(ORPHAN_GRACE_S)
    os._exit(1)


def take_signals() -> None:
    """Have SIGTERM, SIGHUP and Ctrl-C interrupt this process, and no Ctrl-C reach its children.

    A terminal sends SIGINT to all of them at once, and whoever stops first would look like a crash to the others.
    So the main thread, which starts them, blocks SIGINT, they inherit that, and another thread passes it on to it.
    """
    # Its start unblocks SIGINT again, so it has to come first.
    resource_tracker.ensure_running()
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    signal.signal(signal.SIGINT, _leave_to_other_thread)
    signal.signal(signal.SIGTERM, _interrupt)
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # Under nohup it stays ignored.
        signal.signal(signal.SIGHUP, _interrupt)
    arrivals, arrived = os.pipe()
    os.set_blocking(arrived, False)
    # Written to in whichever thread a signal lands; libraries have threads too, which block nothing.
    signal.set_wakeup_fd(arrived, warn_on_full_buffer=False)
    threading.Thread(target=_pass_ctrl_c_on, args=[arrivals], name="ctrl-c", daemon=True).start()


def end_resource_tracker() -> None:
    """End the process that multiprocessing started for itself; else it outlives this one for a moment, as an orphan."""
    resource_tracker._resource_tracker._stop()  # type: ignore[attr-defined]


def _pass_ctrl_c_on(arrivals: int) -> None:
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    while arrival := os.read(arrivals, 1):
        if arrival[0] == signal.SIGINT:
            # To the main thread itself: a signal that lands elsewhere does not wake it.
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGTERM)


def _leave_to_other_thread(signum: int, frame: FrameType | None) -> None:
    """Do nothing about Ctrl-C here; without a handler it would not be written down either."""


def _interrupt(signum: int, frame: FrameType | None) -> None:
    # A second one must not interrupt the tidying up after the first.
    for each in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, signal.SIG_IGN)
    raise KeyboardInterrupt


class WorkerProcess:
    """`manage.py runworker` in a session of its own; `start` works again after it ended."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._asked_at: float | None = None
        self._pulse = Pulse()

    def start(self) -> None:
        """Start it, for the first time or after it ended."""
        self._asked_at = None
        self._process = subprocess.Popen(
            [sys.executable, str(BASE_DIR / "manage.py"), "runworker"],
            cwd=BASE_DIR,
            env={**os.environ, PULSE_FD: str(self._pulse.writes.fileno())},
            pass_fds=[self._pulse.writes.fileno()],
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )

    def poll(self) -> int | None:
        """Return the exit code of a worker that has ended; None while it runs, or before its first start."""
        return None if self._process is None else self._process.poll()

    def answers(self) -> bool:
        """Tell whether it has run since the last look."""
        return self._pulse.is_felt()

    def kill(self) -> None:
        """End it by force, without waiting for that."""
        if self._process is not None:
            self._process.kill()

    def ask_to_stop(self) -> None:
        """Tell the worker to finish, without waiting for it."""
        if self._process is not None and self._asked_at is None:
            self._asked_at = time.monotonic()
            self._process.terminate()

    def stop(self, timeout_s: float) -> None:
        """End the worker, by force when the time since it was asked is over; harmless when nothing runs."""
        if self._process is None:
            return
        self.ask_to_stop()
        waited_s = time.monotonic() - (self._asked_at or 0)
        try:
            self._process.wait(max(0.0, timeout_s - waited_s))
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None
