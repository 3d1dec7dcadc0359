"""Reading bodies until they are whole: with a deadline, a least rate, and bounds for all of them together."""

import asyncio
import io
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import IO, Any

from django.conf import settings

from fltr_project.door.environ import has_body, header
from fltr_project.door.refusals import FULL, TOO_LONG, TOO_SLOW

Receive = Callable[[], Awaitable[Any]]
# Return whose a request is, as something to count by, or None for nobody we know.
Identify = Callable[[], Awaitable[str | None]]

MEGABYTE = 1024 * 1024
# How much is taken from somebody whose credential was not looked at, and how much lies in memory.
LARGEST_IN_MEMORY = MEGABYTE
ALL_IN_MEMORY = 64 * MEGABYTE
# A client may pause for so long in all; what it has sent since then must have come at this rate.
GRACE_S = 20.0
LEAST_BYTES_PER_S = 8 * 1024
# In uploads of the largest size: what one request may hold, one account, and all together.
UPLOADS_A_REQUEST, UPLOADS_AN_ACCOUNT, UPLOADS_IN_ALL = 4, 5, 20
# Whom short bodies count for that found no memory free.
STRANGERS = ""


class Gone(Exception):
    """The client has left; there is nobody to answer."""


class Stranger(Exception):
    """Somebody whom we do not know sends more than is taken from strangers."""


class Spool:
    """What all bodies on their way in hold of memory and disk; each gives back what it took."""

    def __init__(self) -> None:
        self.in_memory = 0
        self.on_disk: Counter[str] = Counter()

    def reserve_on_disk(self, whose: str, size: int) -> None:
        """Count bytes that will be written for somebody, or refuse them."""
        upload = settings.MAX_UPLOAD_MB * MEGABYTE
        if self.on_disk[whose] + size > UPLOADS_AN_ACCOUNT * upload or (
            self.on_disk.total() + size > UPLOADS_IN_ALL * upload
        ):
            raise FULL
        self.on_disk[whose] += size

    def release(self, body: "Body") -> None:
        """Give back what a body held."""
        if body.whose is None:
            self.in_memory -= body.size
            return
        self.on_disk[body.whose] -= body.size
        if not self.on_disk[body.whose]:
            del self.on_disk[body.whose]


class Body:
    """A body as far as it has come: in memory first, then in a file without a name, which nothing can leave behind."""

    def __init__(self, spool: Spool) -> None:
        self.size = 0
        # Whom its file counts for; None while it is in memory.
        self.whose: str | None = None
        self.file: IO[bytes] = io.BytesIO()
        self._spool = spool

    def is_too_long_for_a_stranger(self, more: int) -> bool:
        """Tell whether so many more bytes are taken only from somebody whom we know."""
        return self.size + more > LARGEST_IN_MEMORY and self.whose in (None, STRANGERS)

    def leaves_no_memory(self, more: int) -> bool:
        """Tell whether so many more bytes are too many for the memory that all share."""
        return self.whose is None and self._spool.in_memory + more > ALL_IN_MEMORY

    def move_to_disk(self, whose: str) -> None:
        """Go on in a file that counts for somebody."""
        self._spool.reserve_on_disk(whose, self.size)
        if self.whose is None:
            moved = tempfile.TemporaryFile(dir=settings.FILE_UPLOAD_TEMP_DIR)  # noqa: SIM115  # Closed with the body.
            moved.write(self.file.getvalue())  # type: ignore[attr-defined]  # It is in memory so far.
            self.file = moved
        self._spool.release(self)
        self.whose = whose

    def write(self, part: bytes) -> None:
        """Take a part."""
        if self.whose is None:
            self._spool.in_memory += len(part)
        else:
            self._spool.reserve_on_disk(self.whose, len(part))
        self.size += len(part)
        self.file.write(part)

    def close(self) -> None:
        """Give back what it held."""
        # What was not written yet need not be, and may find no room.
        with suppress(OSError):
            self.file.close()
        self._spool.release(self)


async def read_body(scope: Mapping[str, Any], receive: Receive, spool: Spool, identify: Identify) -> Body:
    """Return a request's whole body, to be closed; Refused, Stranger or Gone if it does not become that."""
    body = Body(spool)
    if not has_body(scope):
        return body
    try:
        await fill(body, announced_length(scope), receive, identify)
        body.file.seek(0)
    except BaseException:
        body.close()
        raise
    return body


async def fill(body: Body, announced: int, receive: Receive, identify: Identify) -> None:
    """Read to the end, asking who it is before more is taken than from strangers."""
    most = UPLOADS_A_REQUEST * settings.MAX_UPLOAD_MB * MEGABYTE
    if announced > most:
        raise TOO_LONG
    if announced > LARGEST_IN_MEMORY:
        await make_room(body, identify)
    began_at, waited_s = time.monotonic(), 0.0
    while True:
        part, is_last = await next_part(receive, began_at + waited_s + GRACE_S + body.size / LEAST_BYTES_PER_S)
        if body.size + len(part) > most:
            raise TOO_LONG
        if body.is_too_long_for_a_stranger(len(part)):
            asked_at = time.monotonic()
            await make_room(body, identify)
            # Our own look-up is not the client's slowness.
            waited_s += time.monotonic() - asked_at
        elif body.leaves_no_memory(len(part)):
            body.move_to_disk(STRANGERS)
        body.write(part)
        if is_last:
            return


async def next_part(receive: Receive, deadline: float) -> tuple[bytes, bool]:
    """Return the next part and whether it is the last, if it comes in time."""
    try:
        async with asyncio.timeout(deadline - time.monotonic()):
            message = await receive()
    except TimeoutError:
        raise TOO_SLOW from None
    if message["type"] == "http.disconnect":
        raise Gone
    return message.get("body", b""), not message.get("more_body", False)


async def make_room(body: Body, identify: Identify) -> None:
    """Move a body to disk for somebody whom we know."""
    whose = await identify()
    if whose is None:
        raise Stranger
    body.move_to_disk(whose)


def announced_length(scope: Mapping[str, Any]) -> int:
    """Return the length that a request announces; 0 for one that comes in chunks."""
    text = header(scope, b"content-length")
    return int(text) if text.isdigit() else 0
