"""One request and its answer: what is done for it in threads, and sending at the client's pace."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db import connections

from fltr_project.door.bodies import Gone
from fltr_project.door.connections import EXTENSION, Connection
from fltr_project.door.crowd import Stage
from fltr_project.door.environ import address_of, header
from fltr_project.door.refusals import Head, Refused, answer_to
from fltr_project.door.threads import FairThreads

T = TypeVar("T")
Send = Callable[[Any], Awaitable[None]]
Receive = Callable[[], Awaitable[Any]]

logger = logging.getLogger(__name__)

SLICE = 64 * 1024
# A client that reads nothing for so long has left.
STALL_S = 30.0
END = object()


@dataclass(frozen=True, slots=True)
class Answer:
    """What Django gave: all of it, or `stream`, which still has to be run and closed."""

    head: Head
    body: bytes = b""
    stream: Any = None
    delay_s: float = 0


class Exchange:
    """One request and its answer."""

    def __init__(
        self, scope: Mapping[str, Any], receive: Receive, send: Send, threads: FairThreads, streams: FairThreads
    ) -> None:
        self.scope, self.receive, self._send = scope, receive, send
        self._threads, self._streams = threads, streams
        self._connection: Connection | None = scope.get("extensions", {}).get(EXTENSION)
        self._whose = whose(scope)

    async def run(self, do: Callable[[], T]) -> T:
        """Have something done in a thread, in this client's turn."""
        return await asyncio.wrap_future(self._threads.submit(self._whose, do))

    async def run_on(self, do: Callable[[], T]) -> T:
        """Have more done for an answer that has begun, which cannot be refused any more."""
        return await asyncio.wrap_future(self._streams.submit(self._whose, do, refusable=False))

    def enter(self, stage: Stage) -> None:
        """Note what is waited for now."""
        if self._connection:
            self._connection.enter(stage)

    def break_off(self) -> None:
        """End the connection, so that a broken answer does not look whole."""
        if self._connection:
            self._connection.break_off()

    async def refuse(self, refused: Refused) -> None:
        """Answer with a refusal."""
        if self._connection:
            self._connection.refuse(refused, self.scope)
        else:
            head, body = answer_to(refused, self.scope)
            await self.send(Answer(head, body))

    async def send(self, answer: Answer) -> None:
        """Send an answer as fast as the client reads."""
        self.enter(Stage.ANSWER)
        if answer.delay_s:
            await asyncio.sleep(answer.delay_s)
        status, headers = answer.head
        is_endless = answer.stream is not None and self.scope["http_version"] == "1.0" and self._connection
        if is_endless:
            is_endless.write_until_closed()
        await self._deliver({"type": "http.response.start", "status": status, "headers": headers})
        if answer.stream is None:
            await self._send_parts(answer.body)
            return
        try:
            await self._send_stream(answer.stream)
            if is_endless:
                is_endless.end_of_endless()
            await self._deliver_body(b"", more=False)
        except Gone:
            raise
        except Exception:
            # The client has a status that said otherwise; all that can be told it is that this is not the whole.
            logger.exception("An answer was broken off: %s %s", self.scope["method"], self.scope["path"])
            self.break_off()
        finally:
            await self.tidy(answer.stream)

    async def _send_stream(self, stream: Any) -> None:
        gone = asyncio.ensure_future(self._client_is_gone())
        try:
            async for part in self._parts_of(stream, gone):
                for begin in range(0, len(part), SLICE):
                    await self._deliver_body(part[begin : begin + SLICE], more=True)
        finally:
            gone.cancel()

    async def _client_is_gone(self) -> None:
        while (await self.receive())["type"] != "http.disconnect":
            continue

    async def _parts_of(self, stream: Any, gone: "asyncio.Future[Any]") -> AsyncIterator[bytes]:
        if hasattr(stream, "watch"):
            self.enter(Stage.EVENTS)
            async for part in stream.watch(gone):
                yield part
            return
        parts = iter(stream)
        while (part := await self.run_on(lambda: next_part(parts))) is not END:
            if gone.done():
                raise Gone
            yield part

    async def _send_parts(self, body: bytes) -> None:
        for begin in range(0, len(body) - SLICE, SLICE):
            await self._deliver_body(body[begin : begin + SLICE], more=True)
        last = max(0, (len(body) - 1) // SLICE * SLICE)
        await self._deliver_body(body[last:], more=False)

    async def _deliver_body(self, part: bytes, *, more: bool) -> None:
        await self._deliver({"type": "http.response.body", "body": part, "more_body": more})

    async def _deliver(self, message: Mapping[str, Any]) -> None:
        try:
            async with asyncio.timeout(STALL_S):
                await self._send(message)
        except TimeoutError:
            raise Gone from None

    async def tidy(self, stream: Any) -> None:
        """Close a stream, in a thread."""
        if stream is not None:
            await asyncio.shield(self.run_on(lambda: closed(stream)))


def next_part(parts: Iterator[Any]) -> Any:
    """Return a stream's next part, in a thread, or END."""
    try:
        return next(parts, END)
    finally:
        release_connections()


def closed(stream: Any) -> None:
    """Close a stream and let go of what that needed."""
    try:
        stream.close()
    finally:
        release_connections()


def release_connections() -> None:
    """Let go of this thread's connections: the next part of a stream may be made by another thread."""
    for connection in connections.all(initialized_only=True):
        if not connection.in_atomic_block:
            connection.close()


def whose(scope: Mapping[str, Any]) -> Hashable:
    """Return what a client is told apart by while it waits: its credential, good or not, or else its address."""
    return (
        header(scope, b"authorization") or header(scope, b"x-api-key") or header(scope, b"cookie") or address_of(scope)
    )
