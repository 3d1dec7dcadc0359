"""What an instance has for itself alone: its data folder, and its port."""

import errno
import fcntl
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fltr_project.run.failures import SetupFailed

# A web worker whose parent was killed leaves within this time.
ORPHAN_PATIENCE_S = 4.0
LOOK_EVERY_S = 0.1


@contextmanager
def sole_use_of(data_dir: Path) -> Iterator[None]:
    """Take the data folder for this process; the kernel gives it back however the process ends."""
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    with open(data_dir / "instance.lock", "a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise SetupFailed(
                f"Another copy (process {lock.read().strip()}) runs in {data_dir}."
                " Stop it, or give this one a DATA_DIR and a PORT of its own."
            ) from None
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        yield


def process_using(data_dir: Path) -> str | None:
    """Return the id of the process that has taken the data folder, if one has, without taking it."""
    try:
        with open(data_dir / "instance.lock") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return lock.read().strip()
    except FileNotFoundError:
        pass
    return None


def resolve(host: str) -> str:
    """Return the address of a host name; the web server takes addresses only."""
    try:
        return str(socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)[0][4][0])
    except (OSError, UnicodeError):
        raise SetupFailed(f"LISTEN_HOST is {host}, which is no address of this machine.") from None


def require_free_port(address: str, port: int) -> None:
    """Refuse a port that another program has, also by IPv6 or on all addresses: requests would go astray."""
    deadline = time.monotonic() + ORPHAN_PATIENCE_S
    while is_taken(address, port):
        if time.monotonic() >= deadline:
            raise SetupFailed(f"Port {port} is in use by another program. Stop that, or choose another: PORT=8001.")
        time.sleep(LOOK_EVERY_S)


def is_taken(address: str, port: int) -> bool:
    """Tell whether anything listens where this instance is to be reached."""
    if not can_listen(address, port):
        return True
    # Browsers try localhost by IPv6 first, and would meet whoever listens there.
    return address == "127.0.0.1" and answers("::1", port)


def can_listen(address: str, port: int) -> bool:
    """Try to listen, as nobody can where somebody already does."""
    with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return False
            raise SetupFailed(f"Cannot listen on {address}:{port}: {error.strerror}. Choose another PORT.") from error
    return not answers(address, port)


def answers(address: str, port: int) -> bool:
    """Tell whether somebody accepts connections."""
    try:
        socket.create_connection((address, port), timeout=1).close()
    except OSError:
        return False
    return True
