"""What the door itself refuses, in the one shape that errors have."""

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from fltr_project.door.environ import header
from fltr_project.http.errors import NO_ROOM as NO_ROOM_SENTENCE
from fltr_project.http.errors import RETRY_AFTER_ROOM_S, body_of
from fltr_project.http.middleware import SANE_ID

RETRY_AFTER_S = 5
Head = tuple[int, list[tuple[bytes, bytes]]]


@dataclass(frozen=True)
class Refused(Exception):
    """A request that is not handed on. The connection ends with it, since the rest of its body would follow."""

    status: int
    code: str
    message: str
    retry_after: int | None = None


TOO_SLOW = Refused(408, "request_timeout", "The body came too slowly. Send it again, in one go.")
TOO_LONG = Refused(413, "file_too_large", "The body is too long. Send its files one by one.")
UNKNOWN = Refused(
    413, "file_too_large", "Bodies over 1 MB are taken from those who have an account. Send a credential."
)
FULL = Refused(503, "service_unavailable", "Too much is being uploaded at once. Try again shortly.", RETRY_AFTER_S)
BUSY = Refused(503, "service_unavailable", "Too many requests wait already. Try again shortly.", RETRY_AFTER_S)
NO_ROOM = Refused(503, "service_unavailable", NO_ROOM_SENTENCE, RETRY_AFTER_ROOM_S)
UNREADABLE = Refused(400, "invalid_request", "This is no HTTP request that can be read.")
FAILED = Refused(500, "internal_error", "Something went wrong here.")
TOO_MANY_HEADERS = Refused(431, "invalid_request", "The headers are too long.")


def answer_to(refused: Refused, scope: Mapping[str, Any] | None = None) -> tuple[Head, bytes]:
    """Return status, headers and body of a refusal."""
    details = {"retry_after": refused.retry_after} if refused.retry_after else {}
    body = orjson.dumps(body_of(refused.message, refused.code, details))
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"private, no-store"),
        (b"x-request-id", request_id(scope)),
        (b"connection", b"close"),
    ]
    if refused.retry_after:
        headers.append((b"retry-after", str(refused.retry_after).encode()))
    return (refused.status, headers), body


def request_id(scope: Mapping[str, Any] | None) -> bytes:
    """Return the client's own id for a request if it is sane, else a new one."""
    given = header(scope, b"x-request-id").decode("latin-1") if scope else ""
    return (given if re.fullmatch(SANE_ID, given) else str(uuid.uuid4())).encode()
