"""The ASGI application: a whole request in, Django in a thread, an answer out at the client's pace."""

import logging
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from authbridge.shared.unwritable import has_no_room
from fltr_project.door.bodies import Body, Gone, Spool, Stranger, read_body
from fltr_project.door.crowd import Stage
from fltr_project.door.environ import environ_of
from fltr_project.door.exchange import Answer, Exchange, Receive, Send, release_connections
from fltr_project.door.refusals import BUSY, FAILED, NO_ROOM, UNKNOWN, Head, Refused
from fltr_project.door.threads import Busy, FairThreads
from fltr_project.http.complaints import complain

Environ = dict[str, Any]

logger = logging.getLogger(__name__)

# They wait for databases most of the time. One client has at most six, so that there is always one for somebody else.
THREADS, MOST_EACH = 8, 6
# The parts of files are made beside them: much work, for which nobody else shall wait.
STREAM_THREADS = 2
# These answer whatever else goes on.
VITAL = ("/health", "/health/live")
VITAL_THREADS = 2
# What Django says to strangers before it would look at a body.
ANSWERED_WITHOUT_BODY = (401, 403, 404, 405, 429, 503)
WITHOUT_BODY = (204, 304)


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
        except Exception as error:
            await exchange.refuse(refusal_of(error, f"{scope['method']} {scope['path']}"))

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


def refusal_of(error: Exception, request: str) -> Refused:
    """Return what to answer to a failure of ours, having written it down."""
    if has_no_room(error):
        complain(request, NO_ROOM.status, error)
        return NO_ROOM
    logger.error("The door failed: %s", request, exc_info=error)
    return FAILED


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
