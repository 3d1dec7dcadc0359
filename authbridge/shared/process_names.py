"""Names of processes that hold leases, by which another process beside it can tell that one has died.

A process id means something only within its PID namespace (each container has one of its own) and until the next boot,
and a host's name says neither. So a name begins with both, and whoever has another place knows nothing of it.
"""

import hashlib
import os
import re
import socket
from contextlib import suppress
from functools import cache
from pathlib import Path

NAME = re.compile(r"(?P<place>.+)/(?P<pid>\d+)/(?P<start>\d+)")
BOOT_ID, PID_NAMESPACE = Path("/proc/sys/kernel/random/boot_id"), Path("/proc/self/ns/pid")
PLACE_LENGTH = 16
# The state, and field 22, of /proc/PID/stat count from behind the name, which is in brackets and may hold anything.
START_FIELD_BEHIND_STATE = 18
# Of a process that has ended, and whose parent has not asked yet.
ENDED = ("Z", "X")
UNSEEN = 0


def own_name() -> str:
    """Return `place/pid/start`, which names this process and no later one with the same pid."""
    return f"{own_place()}/{os.getpid()}/{start_of(os.getpid()) or UNSEEN}"


@cache
def own_place() -> str:
    """Return what names the boot and the PID namespace in which this process has its id.

    Where there is no /proc there are no PID namespaces either, and the host's name has to do.
    """
    try:
        place = f"{BOOT_ID.read_text().strip()} {os.readlink(PID_NAMESPACE)}"
    except OSError:
        place = socket.gethostname()
    return hashlib.sha256(place.encode()).hexdigest()[:PLACE_LENGTH]


def is_known_dead(name: str) -> bool:
    """Tell whether a process of this place has ended; of other places, and of what cannot be seen, nothing is known."""
    match = NAME.fullmatch(name)
    if match is None or match["place"] != own_place():
        return False
    begun, now = int(match["start"]), start_of(int(match["pid"]))
    return now is None or (UNSEEN not in (begun, now) and begun != now)


def start_of(pid: int) -> int | None:
    """Return when a running process started, in ticks since boot; None if none runs, UNSEEN if that is all there is."""
    # Permission is refused for what somebody else runs.
    with suppress(PermissionError):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return None
    return start_in_proc(pid)


def start_in_proc(pid: int) -> int | None:
    """Return what /proc says: many hosts have none, or one that hides what others run."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return UNSEEN
    state, *fields = stat.rpartition(")")[2].split()
    return None if state in ENDED else int(fields[START_FIELD_BEHIND_STATE])
