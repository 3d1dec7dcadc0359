"""How pymilvus is called, and what becomes of what it raises."""

from typing import Any

import grpc
import pytest
from pymilvus.exceptions import MilvusException

from datasets.errors import VectorStoreError, VectorStoreUnavailable
from datasets.indexing.vector_store.connection import Connection
from datasets.indexing.vector_store.errors import CollectionMissing, CollectionReleased, translate
from datasets.indexing.vector_store.milvus import GRPC_OPTIONS


class Refusal(grpc.RpcError):
    """What gRPC raises: code and details are methods."""

    def __init__(self, status: grpc.StatusCode) -> None:
        self.status = status

    def code(self) -> grpc.StatusCode:
        return self.status

    def details(self) -> str:
        return "the details"


class ReleasedOnce:
    """A server that was restarted: it knows the collection, but has not loaded it."""

    def __init__(self) -> None:
        self.loaded: list[str] = []

    def query(self, collection: str, **arguments: Any) -> list[dict[str, int]]:
        if not self.loaded:
            raise MilvusException(code=101, message="collection not loaded")
        return [{"count(*)": 3}]

    def load_collection(self, collection: str, **arguments: Any) -> None:
        self.loaded.append(collection)


class Careless:
    """A client that makes a mistake of our own."""

    def query(self, collection: str, **arguments: Any) -> None:
        raise KeyError("ours")


def test_a_released_collection_is_loaded_and_read() -> None:
    client = ReleasedOnce()

    count = Connection(lambda: client, read_timeout_s=1).count("documents", "")

    assert count == 3
    assert client.loaded == ["documents"]


def test_a_mistake_of_ours_is_not_blamed_on_the_store() -> None:
    with pytest.raises(KeyError):
        Connection(Careless, read_timeout_s=1).count("documents", "")


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (Refusal(grpc.StatusCode.UNAVAILABLE), VectorStoreUnavailable),
        (Refusal(grpc.StatusCode.DEADLINE_EXCEEDED), VectorStoreUnavailable),
        (Refusal(grpc.StatusCode.UNAUTHENTICATED), VectorStoreError),
        (MilvusException(grpc.StatusCode.UNAVAILABLE, "gave up"), VectorStoreUnavailable),
        (MilvusException(grpc.StatusCode.UNIMPLEMENTED, "no such call"), VectorStoreError),
        (MilvusException(2, "service unavailable"), VectorStoreUnavailable),
        (MilvusException(8, "rate limit exceeded"), VectorStoreUnavailable),
        (MilvusException(100, "collection not found"), CollectionMissing),
        (MilvusException(700, "No index found in field [sparse]"), CollectionMissing),
        (MilvusException(103, "collection not fully loaded"), CollectionReleased),
        (MilvusException(1100, "invalid parameter"), VectorStoreError),
        (grpc.FutureTimeoutError(), VectorStoreUnavailable),
    ],
)
def test_an_error_of_the_client_becomes_one_of_ours(error: Exception, expected: type[VectorStoreError]) -> None:
    assert type(translate(error)) is expected


def test_the_message_says_what_the_server_said() -> None:
    assert "the details" in str(translate(Refusal(grpc.StatusCode.UNAVAILABLE)))
    assert "invalid parameter" in str(translate(MilvusException(1100, "invalid parameter")))


def test_no_ping_comes_more_often_than_servers_allow():
    """A server hangs up on clients that ping more often than every five minutes, gRPC's own default."""
    assert GRPC_OPTIONS["grpc.keepalive_time_ms"] >= 300_000
