"""Does a gRPC server answer at an address? Asked without gRPC, so that a health check need not import it."""

import socket
import ssl
import struct
from pathlib import Path
from urllib.parse import urlsplit

from datasets.errors import VectorStoreError, VectorStoreUnavailable

DEFAULT_PORT = 19530
_FRAME_HEADER_BYTES = 9
# Process, user and group.
_CREDENTIALS = struct.Struct("3i")
_PEER_TIMEOUT_S = 1.0
_SETTINGS_FRAME = 4
# A connection begins with this preface and an empty SETTINGS frame from the client (RFC 9113, section 3.4).
_HELLO = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes([0, 0, 0, _SETTINGS_FRAME, 0, 0, 0, 0, 0])


def check_address(uri: str) -> str:
    """Return the address of an engine's socket or of a server unchanged; anything else is a VectorStoreError.

    Above all not a path to a database file, for which pymilvus would start an engine of its own beside ours.
    """
    if uri.endswith(".db") or not (uri.startswith("unix:/") or _is_server(uri)):
        # Without repeating it: an address may carry a password.
        raise VectorStoreError("VECTOR_STORE_URI must be like http://host:19530 or unix:/path/to/engine.sock.")
    return uri


def _is_server(uri: str) -> bool:
    try:
        address = urlsplit(uri)
        return address.scheme in ("http", "https", "tcp") and bool(address.hostname) and address.port != 0
    except ValueError:
        # A bracket without its other half, or a port out of range.
        return False


def probe(uri: str, timeout_s: float) -> None:
    """Return if an HTTP/2 server greets at the address, else raise VectorStoreUnavailable.

    Connecting alone proves little: the kernel accepts connections also for a process that hangs.
    """
    try:
        with _connect(uri, timeout_s) as connection:
            connection.sendall(_HELLO)
            header = _receive(connection, _FRAME_HEADER_BYTES)
    except (OSError, ValueError) as error:
        raise VectorStoreUnavailable(f"The vector store does not answer: {error}") from error
    if len(header) < _FRAME_HEADER_BYTES or header[3] != _SETTINGS_FRAME:
        raise VectorStoreUnavailable("What answers at the vector store's address is not a gRPC server.")


def process_behind(path: Path) -> int:
    """Return the process id of whoever listens at a socket of this machine; 0 where the system does not tell."""
    if not hasattr(socket, "SO_PEERCRED"):
        return 0
    with _connect_unix(str(path), _PEER_TIMEOUT_S) as connection:
        credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    return int(_CREDENTIALS.unpack(credentials)[0])


def _connect(uri: str, timeout_s: float) -> socket.socket:
    if uri.startswith("unix:"):
        return _connect_unix(uri.removeprefix("unix:"), timeout_s)
    address = urlsplit(uri)
    secure = address.scheme == "https"
    host, port = address.hostname or "localhost", address.port or (443 if secure else DEFAULT_PORT)
    connection = socket.create_connection((host, port), timeout_s)
    return _encrypted(connection, host) if secure else connection


def _connect_unix(path: str, timeout_s: float) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX)
    try:
        connection.settimeout(timeout_s)
        connection.connect(path)
    except BaseException:
        connection.close()
        raise
    return connection


def _encrypted(connection: socket.socket, host: str) -> socket.socket:
    context = ssl.create_default_context()
    context.set_alpn_protocols(["h2"])
    return context.wrap_socket(connection, server_hostname=host)


def _receive(connection: socket.socket, size: int) -> bytes:
    received = b""
    while len(received) < size and (part := connection.recv(size - len(received))):
        received += part
    return received
