"""Pages of the site call the API from a real browser, with its cookie or a token; pages of strangers cannot."""

import functools
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from authbridge.tokens import cookie_value
from tests.browser.chromium import Chromium
from tests.support.engine import short_folder
from tests.support.instance import Instance, instance_in, on_embedded_databases

pytestmark = [pytest.mark.browser, on_embedded_databases]

CALL = """
fetch('http://localhost:{port}{path}', {options})
    .then(async answer => [answer.status, answer.headers.get('X-Credits-Charged'), await answer.json()])
    .catch(error => String(error))"""
BY_COOKIE = "{credentials: 'include'}"
CREATE_BY_COOKIE = """{
    method: 'POST', credentials: 'include', headers: {'Content-Type': 'application/json', 'Idempotency-Key': 'one'},
    body: JSON.stringify({name: 'From a page'})}"""


class Quiet(SimpleHTTPRequestHandler):
    """Serves files and says nothing about it."""

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def site_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """A server with an empty page, which its visitors know as localhost and as 127.0.0.1."""
    folder: Path = tmp_path_factory.mktemp("site")
    (folder / "index.html").write_text("<!doctype html><title>The site</title>")
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def service(chromium: str, site_port: int) -> Iterator[Instance]:
    """An instance that trusts the site under one of its two names."""
    origin = f"http://localhost:{site_port}"
    with (
        short_folder() as folder,
        instance_in(folder, RATE_LIMITS="off", AUTH_FAILURE_LIMIT="off", TRUSTED_ORIGINS=origin) as instance,
    ):
        instance.start()
        yield instance
        instance.press_ctrl_c()


@pytest.fixture
def signed_in(page: Chromium, service: Instance, site_port: int) -> Chromium:
    """A browser that has been given the cookie by the site, as Better Auth does."""
    generated = dict(
        line.split("=", 1) for line in (service.data_dir / "settings.env").read_text().splitlines() if "=" in line
    )
    value = cookie_value(service.token(), generated["BETTER_AUTH_SECRET"])
    page.visit(f"http://localhost:{site_port}/")
    page.run(f"document.cookie = 'better-auth.session_token={value}; path=/'")
    return page


def call(page: Chromium, service: Instance, path: str, options: str):
    return page.run(CALL.format(port=service.port, path=path, options=options))


def test_a_page_of_the_site_reads_who_is_signed_in(signed_in, service):
    status, _, body = call(signed_in, service, "/api/v1/auth/session", BY_COOKIE)

    assert (status, body["user"]["email"]) == (200, "developer@example.com")


def test_a_page_of_the_site_makes_a_dataset_and_reads_what_it_cost(signed_in, service):
    status, charged, body = call(signed_in, service, "/api/v1/datasets", CREATE_BY_COOKIE)

    assert (status, charged, body["name"]) == (201, "2", "From a page")


def test_a_page_of_the_site_reads_errors_too(signed_in, service):
    status, _, body = call(signed_in, service, "/api/v1/datasets/nothing", BY_COOKIE)

    assert (status, body["code"]) == (404, "dataset_not_found")


@pytest.mark.parametrize("path", ["/api/v1/auth/session", "/api/v1/datasets"])
def test_a_page_of_a_stranger_reads_nothing(signed_in, service, site_port, path):
    signed_in.visit(f"http://127.0.0.1:{site_port}/")

    assert call(signed_in, service, path, BY_COOKIE) == "TypeError: Failed to fetch"


def test_a_page_of_a_stranger_makes_nothing(signed_in, service, site_port):
    before = service.get("/api/v1/datasets", service.token())["total"]
    signed_in.visit(f"http://127.0.0.1:{site_port}/")

    assert call(signed_in, service, "/api/v1/datasets", CREATE_BY_COOKIE) == "TypeError: Failed to fetch"

    assert service.get("/api/v1/datasets", service.token())["total"] == before
