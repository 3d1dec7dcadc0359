"""Are the parts there? Each is truly asked, and nobody waits for one that hangs."""

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any

from django.conf import settings
from django.db import OperationalError, connections
from django.http import HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from authbridge.shared.unwritable import said_by_sqlite, takes_no_changes
from datasets.services.machinery import ping_vector_store

DEADLINE_S = 1.5
CONNECTED, DISCONNECTED, READ_ONLY = "connected", "disconnected", "read_only"


class Probe:
    """Asks one part in a thread of its own; while an earlier question hangs, no further one is asked."""

    def __init__(self, ask: Callable[[], str]) -> None:
        self.ask = ask
        self.lock = threading.Lock()
        self.pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="health")
        self.pending: Future[str] | None = None

    def start(self) -> Future[str]:
        """Return the question that is being asked now."""
        with self.lock:
            if self.pending is None or self.pending.done():
                self.pending = self.pool.submit(self.ask)
            return self.pending


def ask_database(alias: str) -> Callable[[], str]:
    """Return a question to a database."""

    def ask() -> str:
        connection = connections[alias]
        try:
            with connection.cursor() as cursor:
                return CONNECTED if TAKES_CHANGES[connection.vendor](cursor) else READ_ONLY
        finally:
            connection.close()

    return ask


def postgresql_takes_changes(cursor: Any) -> bool:
    """Ask: a standby, and a server that was told so, take none."""
    cursor.execute("SELECT current_setting('transaction_read_only')")
    return bool(cursor.fetchone()[0] == "off")


def sqlite_takes_changes(cursor: Any) -> bool:
    """Try: it begins to write, and finds nothing to do."""
    cursor.execute("PRAGMA busy_timeout = 0")
    try:
        cursor.execute("PRAGMA incremental_vacuum(1)")
    except OperationalError as error:
        if takes_no_changes(error):
            return False
        # Somebody else writes just now.
        if not said_by_sqlite(error, "SQLITE_BUSY"):
            raise
    return True


TAKES_CHANGES = {"postgresql": postgresql_takes_changes, "sqlite": sqlite_takes_changes}


def ask_vector_store() -> str:
    """Ask whatever keeps the vectors whether it is there."""
    ping_vector_store(DEADLINE_S)
    return CONNECTED


PROBES = {
    "database": Probe(ask_database("default")),
    "milvus": Probe(ask_vector_store),
    "auth_database": Probe(ask_database(settings.AUTH_DB)),
}


@csrf_exempt
@require_safe
def health(request: HttpRequest) -> JsonResponse:
    """Answer 200 if every part answers in time, else 503 and which does not."""
    services = ask_all()
    healthy = set(services.values()) == {CONNECTED}
    body = {"status": "healthy" if healthy else "unhealthy", "services": services}
    return JsonResponse(body, status=200 if healthy else 503)


def ask_all() -> dict[str, str]:
    """Return how each part is, in time."""
    questions = {name: probe.start() for name, probe in PROBES.items()}
    wait(questions.values(), timeout=DEADLINE_S)
    return {name: answer_to(question) for name, question in questions.items()}


def answer_to(question: "Future[str]") -> str:
    """Return how a part is, as far as it said so in time."""
    return question.result() if question.done() and question.exception() is None else DISCONNECTED


@csrf_exempt
@require_safe
def live(request: HttpRequest) -> JsonResponse:
    """Answer as long as the process serves."""
    return JsonResponse({"status": "alive"})
