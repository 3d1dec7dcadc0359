"""Milvus: the embedded engine on its socket, or a server of 2.5 or newer. Nothing else imports its client."""

import functools
import logging
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from importlib import metadata
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from datasets.errors import VectorStoreError, VectorStoreUnavailable
from datasets.indexing.vector_store import filters
from datasets.indexing.vector_store.base import (
    ChunkRow,
    ScoredChunk,
    StoredChunk,
    VectorStore,
    best_first,
    check_collection_name,
    check_row,
    check_uuid,
    clean_text,
)
from datasets.indexing.vector_store.connection import (
    CONNECT_TIMEOUT_S,
    PING_TIMEOUT_S,
    READ_TIMEOUT_S,
    WRITE_TIMEOUT_S,
    Connection,
)
from datasets.indexing.vector_store.embedded import only_writer, write_carefully
from datasets.indexing.vector_store.entities import CONTENT_FIELDS, from_entity, to_entity
from datasets.indexing.vector_store.incarnation import Incarnation, incarnation_at
from datasets.indexing.vector_store.layout import INDEXED_FIELDS, collection_schema, index_params
from datasets.indexing.vector_store.probe import check_address, probe

# Each upsert costs the embedded engine a look through all its keys, so few large ones are faster than many small.
UPSERT_BATCH = 1_000
# Milvus answers at most 16,384 rows and cuts off the rest of a query without a word.
READ_BATCH = 1_000
MAX_HITS = 16_384
# Well below that, since rows may come between counting and reading them.
WALK_BATCH = 8_000
OLDEST_SERVER = (2, 5)
GRPC_OPTIONS = {
    # gRPC would wait up to two minutes before it looks again for a server that was away.
    "grpc.initial_reconnect_backoff_ms": 100,
    "grpc.max_reconnect_backoff_ms": 200,
    # pymilvus pings every ten seconds; a server that expects five minutes between pings hangs up on a call under way.
    "grpc.keepalive_time_ms": 300_000,
    "grpc.keepalive_permit_without_calls": False,
}

T = TypeVar("T")


class MilvusStore(VectorStore):
    """One Milvus, reached by a client that any number of threads may share; a forked child needs a store of its own."""

    def __init__(self, uri: str, token: str = "", *, read_timeout_s: float = READ_TIMEOUT_S) -> None:
        self._uri = check_address(uri)
        self._is_embedded = uri.startswith("unix:")
        self._connection = Connection(
            functools.partial(_open_client, uri, token),
            ping=functools.partial(probe, uri, PING_TIMEOUT_S),
            read_timeout_s=read_timeout_s,
        )

    def ensure_collection(self, collection: str, dimension: int) -> None:
        check_collection_name(collection)
        if not self._connection.call("has_collection", collection):
            self._create_collection(collection, dimension)
        if (found := self._dimension(collection)) != dimension:
            raise VectorStoreError(f"Collection {collection} has {found} dimensions, not {dimension}.")
        # Asked also of a collection that was there: its maker may have died before it had made the indexes.
        if not INDEXED_FIELDS.issubset(self._connection.call("list_indexes", collection)):
            params = index_params(_pymilvus(), is_embedded=self._is_embedded)
            self._connection.call("create_index", collection, timeout=WRITE_TIMEOUT_S, index_params=params)
        self._connection.call("load_collection", collection, timeout=WRITE_TIMEOUT_S)

    def upsert(self, collection: str, rows: Sequence[ChunkRow]) -> None:
        if not rows:
            return
        dimension = self._dimension(collection)
        for row in rows:
            check_row(row, dimension)
        # A row given twice in one call would be new twice over.
        entities = list({row.chunk_id: to_entity(row) for row in rows}.values())
        for batch in _batches(entities, UPSERT_BATCH):
            if self._is_embedded:
                write_carefully(self._connection, self._folder, collection, batch)
            else:
                self._connection.call("upsert", collection, timeout=WRITE_TIMEOUT_S, data=batch)

    def search_dense(
        self,
        collection: str,
        *,
        dataset_id: str,
        vector: np.ndarray,
        limit: int,
        document_ids: Sequence[str] | None = None,
    ) -> list[ScoredChunk]:
        query = np.asarray(vector, dtype=np.float32)
        if not np.isfinite(query).all() or not query.any():
            return []
        return self._search(collection, "dense", query, limit, dataset_id, document_ids)

    def search_keyword(
        self, collection: str, *, dataset_id: str, text: str, limit: int, document_ids: Sequence[str] | None = None
    ) -> list[ScoredChunk]:
        try:
            hits = self._search(collection, "sparse", clean_text(text), limit, dataset_id, document_ids)
        except VectorStoreError as error:
            # A collection that never held a row has no average length, and its BM25 is not a number.
            if "NaN or Inf" in str(error):
                return []
            raise
        return [hit for hit in hits if hit.score > 0]

    def fetch(self, collection: str, chunk_ids: Sequence[str]) -> dict[str, StoredChunk]:
        found: list[StoredChunk] = []
        for batch in _batches(list(dict.fromkeys(chunk_ids)), READ_BATCH):
            found += self._query(collection, filters.with_chunk_ids(batch))
        return {chunk.chunk_id: chunk for chunk in found}

    def document_chunks(
        self, collection: str, *, document_id: str, version: int, start: int, stop: int
    ) -> list[StoredChunk]:
        chunks: list[StoredChunk] = []
        for first in range(max(start, 0), stop, READ_BATCH):
            window = filters.index_window(
                document_id=document_id, version=version, start=first, stop=min(first + READ_BATCH, stop)
            )
            found = self._query(collection, window)
            if not found:
                break
            chunks += sorted(found, key=lambda chunk: chunk.chunk_index)
        return chunks

    def delete_document(self, collection: str, *, document_id: str, version: int | None = None) -> None:
        self._delete(collection, filters.matching(document_id=check_uuid(document_id), version=version))

    def delete_dataset(self, collection: str, *, dataset_id: str) -> None:
        self._delete(collection, filters.matching(dataset_id=check_uuid(dataset_id)))

    def count(
        self,
        collection: str,
        *,
        dataset_id: str | None = None,
        document_id: str | None = None,
        version: int | None = None,
        document_ids: Sequence[str] | None = None,
    ) -> int:
        expression = filters.matching(
            dataset_id=dataset_id, document_id=document_id, version=version, document_ids=document_ids
        )
        return 0 if _is_nothing(document_ids) else self._connection.count(collection, expression)

    def walk(
        self, collection: str, *, dataset_id: str | None = None, document_ids: Sequence[str] | None = None
    ) -> Iterator[tuple[str, str]]:
        if not _is_nothing(document_ids):
            scope = filters.matching(dataset_id=dataset_id, document_ids=document_ids)
            yield from self._walk(collection, scope, "")

    def incarnation(self) -> Incarnation:
        if not self._is_embedded:
            return Incarnation()
        return incarnation_at(Path(self._uri.removeprefix("unix:")))

    def collections(self) -> list[str]:
        return sorted(self._connection.call("list_collections"))

    def drop_collection(self, collection: str) -> None:
        self._connection.call_or_nothing("drop_collection", check_collection_name(collection), timeout=WRITE_TIMEOUT_S)

    def ping(self, timeout_s: float) -> None:
        probe(self._uri, timeout_s)

    def version(self) -> str:
        # The embedded engine does not know that question.
        return metadata.version("milvus-lite") if self._is_embedded else self._connection.call("get_server_version")

    def close(self) -> None:
        self._connection.close()

    def _search(
        self, collection: str, field: str, query: Any, limit: int, dataset_id: str, document_ids: Sequence[str] | None
    ) -> list[ScoredChunk]:
        expression = filters.in_dataset(dataset_id, document_ids)
        if limit < 1 or (document_ids is not None and not document_ids):
            return []
        answers = self._connection.call_or_nothing(
            "search", collection, data=[query], anns_field=field, filter=expression, limit=min(limit, MAX_HITS)
        )
        # By position, since a server names the id after its field and the embedded engine does not.
        return best_first(ScoredChunk(*hit) for hits in answers for hit in zip(hits.ids, hits.distances, strict=True))

    def _query(self, collection: str, expression: str) -> list[StoredChunk]:
        rows = self._connection.call_or_nothing("query", collection, filter=expression, output_fields=CONTENT_FIELDS)
        return [from_entity(row) for row in rows]

    @property
    def _folder(self) -> Path:
        return Path(self._uri.removeprefix("unix:")).parent

    def _walk(self, collection: str, scope: str, prefix: str) -> Iterator[tuple[str, str]]:
        """Yield what begins with a prefix: at once, or by longer prefixes where that is more than one answer holds.

        A query's rows come in no order, so there is no going on after the last one.
        """
        expression = filters.both(scope, filters.beginning_with(prefix))
        if self._connection.count(collection, expression) > WALK_BATCH:
            if prefix:
                yield from self._ids(collection, filters.both(scope, filters.exactly(prefix)))
            for letter in filters.ALPHABET:
                yield from self._walk(collection, scope, prefix + letter)
        else:
            yield from self._ids(collection, expression)

    def _ids(self, collection: str, expression: str) -> list[tuple[str, str]]:
        rows = self._connection.call_or_nothing(
            "query", collection, filter=expression or 'chunk_id >= ""', output_fields=["dataset_id", "chunk_id"]
        )
        return sorted({(row["dataset_id"], row["chunk_id"]) for row in rows}, key=lambda found: found[1])

    def _delete(self, collection: str, expression: str) -> None:
        with only_writer(self._folder) if self._is_embedded else nullcontext():
            self._connection.call_or_nothing("delete", collection, timeout=WRITE_TIMEOUT_S, filter=expression)

    def _dimension(self, collection: str) -> int:
        fields = self._connection.call("describe_collection", collection)["fields"]
        return next(int(field["params"]["dim"]) for field in fields if field["name"] == "dense")

    def _create_collection(self, collection: str, dimension: int) -> None:
        if not self._is_embedded:
            self._refuse_an_old_server()
        schema = collection_schema(_pymilvus(), dimension, is_embedded=self._is_embedded)
        try:
            # Strong, because whatever was acknowledged must be found by the next search, also in another process;
            # the cheaper Session level would promise that to the writing client alone.
            self._connection.call(
                "create_collection", collection, timeout=WRITE_TIMEOUT_S, schema=schema, consistency_level="Strong"
            )
        except VectorStoreUnavailable:
            raise
        except VectorStoreError:
            # Another process may have been first; the caller then looks at what that one made.
            if not self._connection.call("has_collection", collection):
                raise

    def _refuse_an_old_server(self) -> None:
        version = self._connection.call("get_server_version")
        if tuple(int(number) for number in re.findall(r"\d+", version)[:2]) < OLDEST_SERVER:
            raise VectorStoreError(f"Keyword search needs Milvus 2.5 or newer; the configured server is {version}.")


def _open_client(uri: str, token: str) -> Any:
    client = _pymilvus().MilvusClient(
        uri=uri,
        token=token,
        timeout=CONNECT_TIMEOUT_S,
        # Not from pymilvus' pool, whose connections a forked child would inherit and could not use.
        dedicated=True,
        grpc_options=GRPC_OPTIONS,
    )
    # By default pymilvus opens a new channel after a failure, one thread after the other under one lock, and each may
    # wait for the whole timeout. The channel reconnects by itself, so a failure is passed on at once instead.
    client._handler._on_rpc_error = _raise
    return client


def _raise(error: Exception) -> bool:
    raise error


@functools.cache
def _pymilvus() -> Any:
    """Import pymilvus, which would otherwise read the nearest .env file, and an address of its own from MILVUS_URI."""
    with _environment(MILVUS_URI="", PYTHON_DOTENV_DISABLED="1"):
        import pymilvus
    # Its log repeats, with a traceback, every error that is raised anyway.
    logging.getLogger("pymilvus").setLevel(logging.CRITICAL)
    return pymilvus


@contextmanager
def _environment(**values: str) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None) if value is None else os.environ.update({name: value})


def _is_nothing(document_ids: Sequence[str] | None) -> bool:
    return document_ids is not None and not document_ids


def _batches(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    return (items[start : start + size] for start in range(0, len(items), size))
