"""The ASGI application: a whole request in, Django in a thread, an answer out at the client's pace."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db import connections

from fltr_project.door.bodies import Body, Gone, Spool, Stranger, read_body
from fltr_project.door.connections import EXTENSION, Connection
from fltr_project.door.crowd import Stage
from fltr_project.door.environ import address_of, environ_of, header
from fltr_project.door.refusals import BUSY, FAILED, UNKNOWN, Head, Refused, answer_to
from fltr_project.door.threads import Busy, FairThreads

T = TypeVar("T")
Send = Callable[[Any], Awaitable[None]]
Receive = Callable[[], Awaitable[Any]]
Environ = dict[str, Any]

logger = logging.getLogger(__name__)

# They wait for databases most of the time. One client has at most six, so that there is always one for somebody else.
THREADS, MOST_EACH = 8, 6
# The parts of files are made beside them: much work, for which nobody else shall wait.
STREAM_THREADS = 2
# These answer whatever else goes on.
VITAL = ("/health", "/health/live")
VITAL_THREADS = 2
SLICE = 64 * 1024
# A client that reads nothing for so long has left.
STALL_S = 30.0
# What Django says to strangers before it would look at a body.
ANSWERED_WITHOUT_BODY = (401, 403, 404, 405, 429, 503)
WITHOUT_BODY = (204, 304)
END = object()


@dataclass(frozen=True, slots=True)
class Answer:
    """What Django gave: all of it, or `stream`, which still has to be run and closed."""

    head: Head
    body: bytes = b""
    stream: Any = None
    delay_s: float = 0


class Door:
    """Django behind an event loop. `identify` tells, in a thread, whose a request's credential is, if it is good."""

    def __init__(
        self, handler: Callable[[Environ, Any], Iterable[bytes]], identify: Callable[[Environ], str | None]
    ) -> None:
        self._handler, self._identify = handler, identify
        self._threads = FairThreads("web", THREADS, most_each=MOST_EACH)
        self._vital = {path: FairThreads(f"vital{path}", VITAL_THREADS, most_each=VITAL_THREADS) for path in VITAL}
        self._streams = FairThreads("stream", STREAM_THREADS, most_each=STREAM_THREADS)
        self._spool = Spool()

    async def __call__(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            raise NotImplementedError("Only HTTP is served here.")
        exchange = Exchange(scope, receive, send, self._vital.get(scope["path"], self._threads), self._streams)
        try:
            await self._serve(exchange)
        except Refused as refused:
            await exchange.refuse(refused)
        except Busy:
            await exchange.refuse(BUSY)
        except Gone:
            exchange.break_off()
        except Exception:
            logger.exception("The door failed: %s %s", scope["method"], scope["path"])
            await exchange.refuse(FAILED)

    async def _serve(self, exchange: "Exchange") -> None:
        try:
            body = await self._body_of(exchange)
        except Stranger:
            await exchange.send(await self._answer_to_a_stranger(exchange))
            return
        try:
            answer = await self._handle(exchange, body)
        finally:
            body.close()
        await exchange.send(answer)

    async def _body_of(self, exchange: "Exchange") -> Body:
        async def identify() -> str | None:
            environ = environ_of(exchange.scope, Body(self._spool).file, 0)
            return await exchange.run(lambda: known(self._identify, environ))

        return await read_body(exchange.scope, exchange.receive, self._spool, identify)

    async def _answer_to_a_stranger(self, exchange: "Exchange") -> Answer:
        answer = await self._handle(exchange, Body(self._spool))
        if answer.stream is not None or answer.head[0] not in ANSWERED_WITHOUT_BODY:
            await exchange.tidy(answer.stream)
            raise UNKNOWN
        status, headers = answer.head
        return Answer((status, [*headers, (b"connection", b"close")]), answer.body)

    async def _handle(self, exchange: "Exchange", body: Body) -> Answer:
        exchange.enter(Stage.WORK)
        environ = environ_of(exchange.scope, body.file, body.size)
        return await exchange.run(lambda: handled(self._handler, environ))


def handled(handler: Callable[[Environ, Any], Iterable[bytes]], environ: Environ) -> Answer:
    """Have Django answer, in a thread; a plain answer is closed there, too, where its connections are."""
    started: list[Head] = []

    def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> None:
        encoded = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]
        started.append((int(status[:3]), encoded))

    response: Any = handler(environ, start_response)
    if getattr(response, "streaming", False):
        release_connections()
        return Answer(started[0], stream=response)
    try:
        body = b"".join(response)
    finally:
        response.close()
    status, headers = started[0]
    if status not in WITHOUT_BODY and not any(name.lower() == b"content-length" for name, _ in headers):
        headers.append((b"content-length", str(len(body)).encode()))
    return Answer((status, headers), body, delay_s=getattr(response, "delay_s", 0))


def known(identify: Callable[[Environ], str | None], environ: Environ) -> str | None:
    """Ask, in a thread, whose a request is."""
    try:
        return identify(environ)
    finally:
        release_connections()


def release_connections() -> None:
    """Let go of this thread's connections: the next part of a stream may be made by another thread."""
    for connection in connections.all(initialized_only=True):
        if not connection.in_atomic_block:
            connection.close()


def next_part(parts: Iterator[Any]) -> Any:
    """Return a stream's next part, in a thread, or END."""
    try:
        return next(parts, END)
    finally:
        release_connections()


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
        await self._deliver({"type": "http.response.start", "status": status, "headers": headers})
        if answer.stream is None:
            await self._send_parts(answer.body)
            return
        try:
            await self._send_stream(answer.stream)
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
            await self._deliver_body(b"", more=False)
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


def closed(stream: Any) -> None:
    """Close a stream and let go of what that needed."""
    try:
        stream.close()
    finally:
        release_connections()


def whose(scope: Mapping[str, Any]) -> Hashable:
    """Return what a client is told apart by while it waits: its credential, good or not, or else its address."""
    return (
        header(scope, b"authorization") or header(scope, b"x-api-key") or header(scope, b"cookie") or address_of(scope)
    )
