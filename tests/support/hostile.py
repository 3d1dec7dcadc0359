"""Clients that want to stop a service, and one that only wants its balance: on loopback, and bounded."""

import json
import resource
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

# Long for a machine that is busy; how long it took is measured.
PATIENCE_S = 30.0


@dataclass
class Victim:
    """A service, and what is needed to call it."""

    port: int
    token: str

    def connect(self, source: str = "127.0.0.1", receive_buffer: int | None = None) -> socket.socket:
        """Open a connection from an address of this machine."""
        client = socket.socket()
        if receive_buffer:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        client.settimeout(PATIENCE_S)
        client.bind((source, 0))
        client.connect(("127.0.0.1", self.port))
        return client

    def head(self, method: str, path: str, *more: str) -> bytes:
        """Return a request's head with the credential."""
        lines = [f"{method} {path} HTTP/1.1", "Host: localhost", f"Authorization: Bearer {self.token}", *more, "", ""]
        return "\r\n".join(lines).encode()

    def call(self, path: str, method: str = "GET", body: Any = None, source: str = "127.0.0.1") -> tuple[int, Any]:
        """Call as an honest client does; return status and body."""
        data = b"" if body is None else json.dumps(body).encode()
        more = ["Connection: close"]
        if body is not None:
            more += ["Content-Type: application/json", f"Content-Length: {len(data)}"]
        with self.connect(source) as client:
            client.sendall(self.head(method, path, *more) + data)
            answer = read_to_end(client)
        head, _, content = answer.partition(b"\r\n\r\n")
        is_json = b"application/json" in head and b"chunked" not in head
        return int(head.split()[1]), json.loads(content) if is_json else content


def read_to_end(client: socket.socket) -> bytes:
    """Return all that comes."""
    parts = []
    while part := client.recv(65536):
        parts.append(part)
    return b"".join(parts)


@dataclass
class Honest:
    """What an honest client was answered while something else went on."""

    statuses: list[int] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    @property
    def p95(self) -> float:
        """The time within which nineteen of twenty were answered."""
        return sorted(self.seconds)[int(len(self.seconds) * 0.95)] if self.seconds else float("inf")


def calls_of(victim: Victim, *, rounds: int, source: str = "127.0.0.1") -> Honest:
    """Ask for the balance, for health and for life, some times."""
    honest = Honest()
    for _ in range(rounds):
        for path in ("/api/v1/credits/balance", "/health", "/health/live"):
            began = time.monotonic()
            try:
                status = victim.call(path, source=source)[0]
            except OSError:
                status = 0
            honest.statuses.append(status)
            honest.seconds.append(time.monotonic() - began)
    return honest


def allow_descriptors(count: int) -> None:
    """Let this process have so many sockets."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(count, hard)), hard))


@contextmanager
def held(victim: Victim, count: int, request: bytes, **options: Any) -> Iterator[list[socket.socket]]:
    """Hold so many connections that have sent this and read nothing."""
    with ExitStack() as stack:
        clients = []
        for _ in range(count):
            client = stack.enter_context(victim.connect(**options))
            client.sendall(request)
            clients.append(client)
        yield clients


@contextmanager
def slow_bodies(victim: Victim, count: int) -> Iterator[None]:
    """Announce bodies without any credential, and send a byte now and then."""
    head = b"POST /api/sign-in HTTP/1.1\r\nHost: localhost\r\nCookie: csrftoken=" + b"a" * 32
    head += b"\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 100000\r\n\r\nx"
    stop = threading.Event()

    def dribble(clients: list[socket.socket]) -> None:
        while not stop.wait(1.0):
            for client in clients:
                try:
                    client.sendall(b"x")
                except OSError:
                    continue

    with held(victim, count, head) as clients:
        thread = threading.Thread(target=dribble, args=[clients])
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()


@contextmanager
def slow_headers(victim: Victim, count: int) -> Iterator[None]:
    """Begin requests and never end their headers."""
    with held(victim, count, b"GET /health/live HTTP/1.1\r\nHost: local"):
        yield


@contextmanager
def idle(victim: Victim, count: int) -> Iterator[None]:
    """Connect and say nothing."""
    with held(victim, count, b""):
        yield


@contextmanager
def unread_exports(victim: Victim, count: int) -> Iterator[list[socket.socket]]:
    """Ask for all transactions as a file, and do not read it."""
    with held(
        victim, count, victim.head("GET", "/api/v1/credits/transactions?format=csv"), receive_buffer=4096
    ) as clients:
        yield clients


@contextmanager
def event_streams(victim: Victim, job_id: str, count: int) -> Iterator[list[socket.socket]]:
    """Watch a job, many times."""
    request = victim.head("GET", f"/api/v1/jobs/{job_id}/events", "Accept: text/event-stream")
    with held(victim, count, request) as clients:
        yield clients


def read_to_end_of_answer(client: socket.socket) -> bytes:
    """Return what comes of an answer in chunks, to its last."""
    answer = b""
    while not answer.endswith(b"0\r\n\r\n"):
        part = client.recv(65536)
        if not part:
            break
        answer += part
    return answer
