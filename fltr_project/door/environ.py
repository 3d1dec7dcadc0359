"""A request as WSGI has it: Django's handler takes that, and runs in a thread."""

from collections.abc import Mapping
from typing import IO, Any
from urllib.parse import unquote_to_bytes

# A request is whole before it is handed on, so its length is known and its coding undone.
UNDONE = {b"transfer-encoding", b"content-length"}


def environ_of(scope: Mapping[str, Any], body: IO[bytes], length: int) -> dict[str, Any]:
    """Return the environ of a request whose body is whole."""
    host, port = scope.get("server") or ("", None)
    environ: dict[str, Any] = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(scope["raw_path"]).decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_NAME": host,
        "SERVER_PORT": str(port or ""),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "REMOTE_ADDR": address_of(scope),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope["scheme"],
        "wsgi.input": body,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
        **headers_of(scope),
    }
    if length or has_body(scope):
        environ["CONTENT_LENGTH"] = str(length)
    return environ


def headers_of(scope: Mapping[str, Any]) -> dict[str, str]:
    """Return the headers by their names in WSGI; one that comes twice has both values, for Django to judge."""
    headers: dict[str, str] = {}
    for name, value in scope["headers"]:
        # In WSGI `X_Forwarded_For` and `X-Forwarded-For` would be one: proxies clean only the second.
        if b"_" in name or name in UNDONE:
            continue
        key = name.decode("latin-1").upper().replace("-", "_")
        key = key if key == "CONTENT_TYPE" else f"HTTP_{key}"
        text = value.decode("latin-1")
        headers[key] = f"{headers[key]}{'; ' if key == 'HTTP_COOKIE' else ','}{text}" if key in headers else text
    return headers


def header(scope: Mapping[str, Any], name: bytes) -> bytes:
    """Return a header's first value, or nothing."""
    return next((value for each, value in scope["headers"] if each == name), b"")


def has_body(scope: Mapping[str, Any]) -> bool:
    """Tell whether a request announces a body."""
    return any(name in UNDONE for name, _ in scope["headers"])


def address_of(scope: Mapping[str, Any]) -> str:
    """Return who is connected, which may be a proxy."""
    client = scope.get("client")
    return client[0] if client else ""
