"""What the application makes of requests that Django's test client cannot send."""

import io
import json
import threading
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from rest_framework.test import APIRequestFactory

from authbridge.models import Session
from tests.support.api import DATASETS
from tests.support.multipart import CONTENT_TYPE, Part, encode

pytestmark = pytest.mark.django_db(databases="__all__")

Call = Callable[..., tuple[int, Any]]


class Chunks(io.BytesIO):
    """A body as a server hands it on that was sent in chunks: it ends by itself, a little at a time."""

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(min(size or 7, 7))


@pytest.fixture
def call(alice_session: Session) -> Call:
    """Return a function that calls the application as a server does, and gives status and body."""
    with pytest.MonkeyPatch.context() as patch:
        # Its first import starts threads that ask the databases, and would do so while other tests run.
        patch.setattr(threading.Thread, "start", lambda thread: None)
        from fltr_project.wsgi import application

    def call_with(method: str, path: str, body: io.BytesIO | None = None, **environ: str) -> tuple[int, Any]:
        path, _, query = path.partition("?")
        token = {"HTTP_AUTHORIZATION": f"Bearer {alice_session.token}"}
        request = APIRequestFactory()._base_environ(REQUEST_METHOD=method, PATH_INFO=path, QUERY_STRING=query, **token)
        request |= {"wsgi.input": body or io.BytesIO(), "wsgi.input_terminated": True, **environ}
        # The application itself would close the databases around a request, and the test's transaction with them.
        answer = application.get_response(application.request_class(request))
        return answer.status_code, json.loads(answer.content)

    return call_with


def chunked(body: bytes, content_type: str) -> dict[str, Any]:
    return {"body": Chunks(body), "HTTP_TRANSFER_ENCODING": "chunked", "CONTENT_TYPE": content_type}


def test_json_may_come_in_chunks(call: Call) -> None:
    status, body = call("POST", DATASETS, **chunked(b'{"name": "Notes"}', "application/json"))

    assert (status, body["name"]) == (201, "Notes")


def test_a_file_may_come_in_chunks(call: Call) -> None:
    _, dataset = call("POST", DATASETS, **chunked(b'{"name": "Notes"}', "application/json"))
    body = encode(Part("file", b"Some text", "notes.txt"))

    status, document = call("POST", f"{DATASETS}/{dataset['id']}/documents", **chunked(body, CONTENT_TYPE))

    assert (status, document["size_bytes"]) == (201, 9)


def test_what_comes_in_chunks_is_bounded_too(call: Call, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100

    status, body = call("POST", DATASETS, **chunked(b'{"name": "%s"}' % (b"x" * 100), "application/json"))

    assert (status, body["code"]) == (413, "file_too_large")


@pytest.mark.parametrize("charset", ["hex", "undefined", "utf-16", "rot13", "no-such"])
def test_a_query_is_utf_8_whatever_charset_the_body_names(call: Call, charset: str) -> None:
    call("POST", DATASETS, **chunked('{"name": "Übersicht"}'.encode(), "application/json"))

    status, body = call("GET", f"{DATASETS}?q={quote('Über')}", CONTENT_TYPE=f"text/plain; charset={charset}")

    assert (status, body["total"]) == (200, 1)


def test_a_content_type_that_cannot_be_read_is_refused(call: Call) -> None:
    unreadable = "multipart/form-data; boundary*=no-such-charset'en'x"

    status, body = call("POST", DATASETS, **chunked(b"--x--", unreadable))

    assert (status, body["code"]) == (415, "unsupported_media_type")
