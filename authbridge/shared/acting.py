"""Who acts, and from where: said where a request or a process begins, for whoever notes what was done."""

import os
import pwd
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from enum import StrEnum


class ActorType(StrEnum):
    """Who may act."""

    STAFF = "staff"  # By the admin; `name` is the user name there.
    USER = "user"  # By the API; `name` is the id of the site's user.
    SITE = "site"
    OPERATOR = "operator"  # By a command; `name` is the UNIX user.
    NOBODY = "nobody"  # A request without a good credential.


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody who does something, and where they are: a client's address, or a machine."""

    type: ActorType
    name: str
    place: str


_find_actor: ContextVar[Callable[[], Actor] | None] = ContextVar("find_actor", default=None)


@contextmanager
def acting(find: Callable[[], Actor]) -> Iterator[None]:
    """Have what is done in this block be done by whom `find` returns; it is asked only when something is noted."""
    token = _find_actor.set(find)
    try:
        yield
    finally:
        _find_actor.reset(token)


def current_actor() -> Actor:
    """Return who acts. Outside of requests that is whoever started this process."""
    find = _find_actor.get()
    return find() if find else operator("command line")


def operator(door: str) -> Actor:
    """Return the UNIX user that this process runs as, on this machine; a user without a name has a number."""
    try:
        name = pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        name = str(os.getuid())
    return Actor(ActorType.OPERATOR, name, f"{door} on {socket.gethostname()}")
