"""What pymilvus and gRPC raise, told in our words."""

from typing import Any

from datasets.errors import VectorStoreError, VectorStoreUnavailable


class CollectionMissing(VectorStoreError):
    """The collection does not exist."""


class CollectionReleased(VectorStoreError):
    """The collection exists but is not in memory, as may happen when a server was restarted."""


# By Milvus' own codes (pkg/util/merr): service unavailable, rate limited, collection not found, not (fully) loaded,
# index not found, as long as another process is still making the collection, which is empty then.
_BY_MILVUS_CODE: dict[Any, type[VectorStoreError]] = {
    2: VectorStoreUnavailable,
    8: VectorStoreUnavailable,
    100: CollectionMissing,
    101: CollectionReleased,
    103: CollectionReleased,
    700: CollectionMissing,
}
_PASSING_GRPC_CODES = {"UNAVAILABLE", "DEADLINE_EXCEEDED", "CANCELLED"}


def comes_from_client(error: Exception) -> bool:
    """Is it an error of pymilvus or gRPC? Told by the module's name, so that asking imports neither of them."""
    return any(kind.__module__.partition(".")[0] in ("grpc", "pymilvus") for kind in type(error).__mro__)


def translate(error: Exception) -> VectorStoreError:
    """Return our error for one of pymilvus' or gRPC's.

    gRPC's errors carry a StatusCode behind a method, pymilvus' a number behind a property, except that it, too, passes
    a StatusCode on when it has given up trying again.
    """
    code = getattr(error, "code", None)
    code = code() if callable(code) else code
    if code is None or getattr(code, "name", None) in _PASSING_GRPC_CODES:
        kind: type[VectorStoreError] = VectorStoreUnavailable
    else:
        kind = _BY_MILVUS_CODE.get(code, VectorStoreError)
    verb = "did not answer" if kind is VectorStoreUnavailable else "refused"
    return kind(f"The vector store {verb}: {_summary(error)}")


def _summary(error: Exception) -> str:
    details = getattr(error, "details", None)
    if callable(details):
        return str(details())
    return str(getattr(error, "message", "") or type(error).__name__)
