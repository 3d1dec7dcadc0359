"""Programs that run for as long as a test needs them."""

import os
import random
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.engine import wait_until

START_TIMEOUT_S = 60
STOP_TIMEOUT_S = 15


def bare_environment() -> dict[str, str]:
    """Return what any program needs of this shell, so that nothing else leaks in."""
    return {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}


def free_url() -> str:
    """Return an address of this machine at which nothing answers yet.

    Its port is none of those that systems hand out to callers, one of whom might hold it when a server wants it.
    """
    port = next(port for port in iter(lambda: random.randrange(20_000, 30_000), None) if is_free(port))
    return f"http://127.0.0.1:{port}"


def is_free(port: int) -> bool:
    """Tell whether nobody listens on a port."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


@contextmanager
def running(
    command: list[str], folder: Path, environment: dict[str, str], answers: Callable[[], bool]
) -> Iterator[subprocess.Popen[bytes]]:
    """Start a program that ends with its input, wait until it answers, and stop it. A failure shows its log."""
    log = folder / f"{Path(command[0]).name}-{os.urandom(4).hex()}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            # However these tests end, this does too.
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=output,
        )
    try:
        wait_until(lambda: is_up(process, log, answers), START_TIMEOUT_S)
        yield process
    finally:
        stop(process)


def is_up(process: subprocess.Popen[bytes], log: Path, answers: Callable[[], bool]) -> bool:
    """Ask once; fail with the log if the program has ended instead."""
    assert process.poll() is None, log.read_text()
    try:
        return answers()
    except OSError:
        return False


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a program by ending its input."""
    assert process.stdin is not None
    process.stdin.close()
    try:
        process.wait(STOP_TIMEOUT_S)
    finally:
        process.kill()
        process.wait()
