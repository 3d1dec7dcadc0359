"""Which engine answers: another one, or one on another folder, may hold other vectors."""

import os
from dataclasses import dataclass
from pathlib import Path

from datasets.indexing.vector_store.engine import DATABASE, kept_in


@dataclass(frozen=True, slots=True)
class Incarnation:
    """An engine, as far as this machine can tell it from others.

    `began_at` are seconds since 1970, None where that cannot be told.
    """

    began_at: float | None = None
    marks: tuple[int, ...] = ()


def incarnation_at(socket: Path) -> Incarnation:
    """Return which engine listens on a socket: each start makes a new one, and so does a folder that was replaced.

    The database's file is told by its number alone, since writing changes its times.
    """
    try:
        found = os.stat(socket)
    except OSError:
        return Incarnation()
    try:
        database = os.stat(kept_in(socket.parent) / DATABASE).st_ino
    except OSError:
        database = 0
    return Incarnation(found.st_ctime, (found.st_ino, found.st_ctime_ns, database))
