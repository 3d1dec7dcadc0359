"""uvicorn's connections, with bounds for headers and for how many there are, and a way to break an answer off."""

import asyncio
import re
import resource
from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from fltr_project.door.crowd import Crowd, Stage
from fltr_project.door.refusals import TOO_MANY_HEADERS, UNREADABLE, Refused, answer_to
from fltr_project.http.limits import is_trusted

EXTENSION = "fltr.connection"
LONGEST_HEADERS = 64 * 1024
SWEEP_EVERY_S = 1.0
ESCAPABLE = re.compile(rb"[\x80-\xff]")
# Longer than any answer.
ENDLESS = 2**62
# How long a client may go on sending to somebody who has refused it.
LINGER_S = 2.0
# Of the descriptors that a process may have, these are left for files, databases and everything else.
DESCRIPTORS_KEPT = 256
MOST_CONNECTIONS = 8_192
# Of all places, so many may be one address's.
SHARE_OF_AN_ADDRESS = 4


def make_crowd() -> Crowd:
    """Return the crowd of this process, as large as its descriptors allow."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_CONNECTIONS + DESCRIPTORS_KEPT
    allowed = wanted if hard == resource.RLIM_INFINITY else min(hard, wanted)
    if allowed > soft:
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
    most = max(allowed, soft) - DESCRIPTORS_KEPT
    most = max(64, min(most, MOST_CONNECTIONS))
    return Crowd(most, most_an_address=most // SHARE_OF_AN_ADDRESS, is_exempt=is_trusted)


class Connection(HttpToolsProtocol):
    """One client. Its stage is known at every moment; `leave` and `break_off` end it."""

    crowd: Crowd | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.address = ""
        self._header_bytes = 0
        self._is_refused = self._is_past_first_line = False
        if Connection.crowd is None:
            Connection.crowd = make_crowd()
            sweep_for_ever(self.loop, Connection.crowd)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take its place in the crowd."""
        super().connection_made(transport)
        self.address = self.client[0] if self.client else ""
        assert self.crowd is not None
        self.crowd.arrive(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Leave the crowd."""
        assert self.crowd is not None
        self.crowd.depart(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take bytes of a client, unless it was sent away already."""
        if self._is_refused or self.parser is None or self.transport.is_closing():
            return
        if self._stage is Stage.IDLE:
            self.enter(Stage.HEADERS)
        super().data_received(self._escaped(data))
        if self._stage is Stage.HEADERS and not self._is_refused:
            # Not to their end yet: what came with it may be a body.
            self._header_bytes += len(data)
            if self._header_bytes > LONGEST_HEADERS:
                self.refuse(TOO_MANY_HEADERS)

    def _escaped(self, data: bytes) -> bytes:
        """Return bytes in which a request's first line is ASCII: what people paste unescaped is meant as UTF-8."""
        if self._is_past_first_line or self._stage is not Stage.HEADERS:
            return data
        line, end, rest = data.partition(b"\n")
        self._is_past_first_line = bool(end)
        return data if line.isascii() else ESCAPABLE.sub(escape, line) + end + rest

    def on_message_begin(self) -> None:
        """Begin a request, and tell the application which connection it came by."""
        super().on_message_begin()
        self.scope["extensions"] = {EXTENSION: self}  # type: ignore[dict-item]

    def on_headers_complete(self) -> None:
        """Begin to wait for a body."""
        self._header_bytes = 0
        if self._stage is Stage.HEADERS:
            self.enter(Stage.BODY)
        super().on_headers_complete()

    def on_response_complete(self) -> None:
        """Begin to wait for another request, which may be here already."""
        self.enter(Stage.IDLE)
        self._is_past_first_line = False
        super().on_response_complete()
        if self.pipeline or (self.cycle is not None and not self.cycle.response_complete):
            self.enter(Stage.BODY)

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no HTTP."""
        self.refuse(UNREADABLE)

    def refuse(self, refused: Refused, scope: Any = None) -> None:
        """Answer past the application and end the connection, letting the client first read why."""
        (status, headers), body = answer_to(refused, scope)
        lines = [STATUS_LINE[status], *(name + b": " + value + b"\r\n" for name, value in headers), b"\r\n", body]
        self.transport.write(b"".join(lines))
        self._is_refused = True
        self.enter(Stage.ANSWER)
        if self.cycle is not None:
            self.cycle.response_started = self.cycle.response_complete = True
        # What it still sends is thrown away: closed on unread bytes, TCP would take the answer back.
        self.flow.resume_reading()
        self.loop.call_later(LINGER_S, self.transport.close)

    @property
    def _stage(self) -> Stage | None:
        return self.crowd.stage_of(self) if self.crowd else None

    def enter(self, stage: Stage) -> None:
        """Note what is waited for now."""
        assert self.crowd is not None
        self.crowd.move(self, stage)

    def write_until_closed(self) -> None:
        """Send what follows without its length: HTTP/1.0 knows no chunks, and takes the end for the end."""
        self.cycle.chunked_encoding, self.cycle.expected_content_length = False, ENDLESS

    def end_of_endless(self) -> None:
        """Nothing more follows."""
        self.cycle.expected_content_length = 0

    def leave(self) -> None:
        """Be sent away; without a word, since a client that is not there would not read it."""
        self.break_off()

    def break_off(self) -> None:
        """End at once, so that what was sent so far cannot be taken for whole."""
        self.transport.abort()


def escape(match: re.Match[bytes]) -> bytes:
    """Write a byte as an address may have it."""
    return b"%%%02X" % match[0][0]


def sweep_for_ever(loop: asyncio.AbstractEventLoop, crowd: Crowd) -> None:
    """Send those away who are waited for too long, every second."""
    crowd.sweep()
    loop.call_later(SWEEP_EVERY_S, sweep_for_ever, loop, crowd)
