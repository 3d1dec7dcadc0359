"""Calls to Milvus in bounded time, from any number of threads, with errors in our words."""

import threading
from collections.abc import Callable
from functools import partial
from typing import Any

from authbridge.shared.breaker import Breaker
from datasets.errors import VectorStoreUnavailable
from datasets.indexing.vector_store.errors import CollectionMissing, CollectionReleased, comes_from_client, translate

CONNECT_TIMEOUT_S = 3.0
# Soon, so that calls which come one behind another do not all wait for answers before the first has been told.
PING_TIMEOUT_S = 1.0
# A ping that is not answered has said so by then, on a busy machine too.
FIRST_LOOK_S = 2.0
READ_TIMEOUT_S = 5.0
WRITE_TIMEOUT_S = 30.0
# The first to connect may also have to import pymilvus.
OPENING_PATIENCE_S = 6.0


class Connection:
    """One pymilvus client, opened by the first call; a forked child needs a connection of its own.

    Once a call was not answered `ping` finds out whether anything answers; until then all others fail at once.
    """

    def __init__(
        self, open_client: Callable[[], Any], *, read_timeout_s: float, ping: Callable[[], None] = lambda: None
    ) -> None:
        self._open_client = open_client
        self._ping = ping
        self._breaker = Breaker("vector store", look=self._look)
        self._read_timeout_s = read_timeout_s
        self._opening = threading.Lock()
        self._client: Any = None

    def call(self, method: str, *collection: str, timeout: float | None = None, **arguments: Any) -> Any:
        """Call a client method, again after loading the collection if that had been released."""
        arguments["timeout"] = timeout or self._read_timeout_s
        self._breaker.insist(_is_away, wait_s=FIRST_LOOK_S)
        try:
            call = partial(getattr(self._opened(), method), *collection, **arguments)
            return _guarded(call)
        except VectorStoreUnavailable:
            self._breaker.suspect()
            raise
        except CollectionReleased:
            _guarded(partial(self._opened().load_collection, *collection, timeout=WRITE_TIMEOUT_S))
            return _guarded(call)

    def call_or_nothing(self, method: str, collection: str, **arguments: Any) -> Any:
        """Call a client method that finds, or has to do, nothing where there is no collection."""
        try:
            return self.call(method, collection, **arguments)
        except CollectionMissing:
            return []

    def count(self, collection: str, expression: str) -> int:
        """Count the entities that match, 0 where there is no collection."""
        rows = self.call_or_nothing("query", collection, filter=expression, output_fields=["count(*)"])
        return int(rows[0]["count(*)"]) if rows else 0

    def close(self) -> None:
        """Close the client; the next call opens a new one."""
        client, self._client = self._client, None
        if client is not None:
            client.close()

    def _look(self) -> None:
        try:
            self._ping()
        except VectorStoreUnavailable as error:
            raise error.__cause__ or error from None

    def _opened(self) -> Any:
        if self._client is None:
            # Bounded: before a server that swallows packets each thread would else wait for all the ones before it.
            if not self._opening.acquire(timeout=OPENING_PATIENCE_S):
                raise VectorStoreUnavailable("The connection to the vector store is not there yet.")
            try:
                if self._client is None:
                    self._client = _guarded(self._open_client)
            finally:
                self._opening.release()
        return self._client


def _is_away(reason: str) -> VectorStoreUnavailable:
    return VectorStoreUnavailable(f"The vector store does not answer: {reason}")


def _guarded(call: Callable[[], Any]) -> Any:
    try:
        return call()
    except Exception as error:
        if comes_from_client(error):
            raise translate(error) from error
        raise
