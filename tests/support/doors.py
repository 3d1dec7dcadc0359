"""The door, served by uvicorn in a thread of the test, with a handler of the test's behind it."""

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn

from fltr_project.door import serving
from fltr_project.door.application import Door
from fltr_project.door.connections import Connection
from fltr_project.run.server import listen
from tests.support.engine import wait_until
from tests.support.hostile import Victim


class Answers:
    """What Django's handler returns: parts, headers, and a way to be closed."""

    def __init__(self, *parts: Any, streaming: bool = False) -> None:
        self._parts, self.streaming, self.closed_in = parts, streaming, ""

    def __iter__(self) -> Iterator[bytes]:
        for part in self._parts:
            if isinstance(part, Exception):
                raise part
            yield part() if callable(part) else part

    def close(self) -> None:
        """Note the thread that tidies up."""
        self.closed_in = threading.current_thread().name


Handler = Callable[[dict[str, Any]], Answers]


class Behind:
    """What is behind the door at the moment; what it returns is answered with 200."""

    handler: Handler
    identify: Callable[[dict[str, Any]], str | None]
    port = 0

    def handle(self, environ: dict[str, Any], start_response: Any) -> Answers:
        """Answer as Django's handler does."""
        answers = self.handler(environ)
        start_response("200 OK", [("Content-Type", "text/plain")])
        return answers


behind = Behind()


@contextmanager
def running_door() -> Iterator[None]:
    """Run a door for some tests, each of which puts what it needs behind it."""
    configuration = serving.configuration(lambda: None)
    configuration.app = Door(behind.handle, lambda environ: behind.identify(environ))
    configuration.loop = "asyncio"
    server = Unsignalled(configuration)
    listener = listen("127.0.0.1", 0)
    behind.port = listener.getsockname()[1]
    Connection.crowd = None
    thread = threading.Thread(target=lambda: asyncio.run(server.serve([listener])))
    thread.start()
    try:
        wait_until(lambda: server.started)
        yield
    finally:
        server.should_exit = True
        thread.join()
        listener.close()
        Connection.crowd = None


@contextmanager
def door_before(
    handler: Handler, identify: Callable[[dict[str, Any]], str | None] = lambda environ: None
) -> Iterator[Victim]:
    """Put a handler behind the running door."""
    behind.handler, behind.identify = handler, identify
    yield Victim(behind.port, "t")


class Unsignalled(uvicorn.Server):
    """A server in a thread, which can take no signals."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Take none."""
        yield


def exchange(victim: Victim, request: bytes, *, patience_s: float = 5.0) -> bytes:
    """Send bytes and return all that is answered until the connection ends."""
    with socket.create_connection(("127.0.0.1", victim.port), timeout=patience_s) as client:
        client.sendall(request)
        parts = []
        try:
            while part := client.recv(65536):
                parts.append(part)
        except ConnectionResetError:
            parts.append(b" <reset>")
        return b"".join(parts)
