"""Names of processes that hold leases, by which another process of the same machine can tell that one has died."""

import os
import re
import socket
from pathlib import Path

NAME = re.compile(r"(?P<machine>.+)/(?P<pid>\d+)/(?P<start>\d+)")
# Field 22 of /proc/PID/stat counts from behind the process's name, which is in brackets and may hold anything.
START_FIELD_BEHIND_NAME = 19


def own_name() -> str:
    """Return `machine/pid/start`, which names this process and no later one with the same pid."""
    return f"{socket.gethostname()}/{os.getpid()}/{start_of(os.getpid()) or 0}"


def is_known_dead(name: str) -> bool:
    """Tell whether a process of this machine has ended; of other machines nothing is known."""
    match = NAME.fullmatch(name)
    if match is None or match["machine"] != socket.gethostname():
        return False
    return start_of(int(match["pid"])) != int(match["start"])


def start_of(pid: int) -> int | None:
    """Return when a running process started, in ticks since boot; None if there is none.

    Where there is no /proc, a running process has started at 0, so that only a missing pid is known to be dead.
    """
    try:
        os.kill(pid, 0)
        stat = Path(f"/proc/{pid}/stat").read_text()
    except ProcessLookupError:
        return None
    except (PermissionError, FileNotFoundError):
        return 0
    return int(stat.rpartition(")")[2].split()[START_FIELD_BEHIND_NAME])
