"""Django's page of tracebacks, variables and settings is never served, not even with DEBUG."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import BadRequest, RequestDataTooBig, SuspiciousOperation
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.test import Client

from tests.support.api import refusal

FAILURES = {
    "a bug": (RuntimeError, 500, "internal_error"),
    "a database that is down": (OperationalError, 503, "service_unavailable"),
    "a bad request": (BadRequest, 400, "invalid_request"),
    "a suspicious one": (SuspiciousOperation, 400, "invalid_request"),
    "a body that is too big": (RequestDataTooBig, 413, "file_too_large"),
}


class FailingMiddleware:
    """Fails where no view catches it, with a secret in a variable."""

    error: type[Exception] = RuntimeError

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Fail after the view."""
        planted = "planted-variable"
        self.get_response(request)
        raise self.error(f"{planted} in the message")


@pytest.fixture(params=[False, True], ids=["", "DEBUG"])
def browser(request: pytest.FixtureRequest, settings: Any) -> Client:
    """A client of an instance whose innermost middleware fails."""
    settings.DEBUG = request.param
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, f"{__name__}.FailingMiddleware"]
    return Client(raise_request_exception=False)


@pytest.mark.parametrize("path", ["/api/v1/credits/pricing", "/health/live", "/"])
@pytest.mark.parametrize("failure", FAILURES)
def test_what_fails_in_a_middleware_has_the_one_shape(
    browser: Client, monkeypatch: pytest.MonkeyPatch, path: str, failure: str
) -> None:
    error, status, code = FAILURES[failure]
    monkeypatch.setattr(FailingMiddleware, "error", error)

    answer = browser.get(path)

    assert refusal(answer) == (status, code)
    assert b"planted" not in answer.content


def test_browsers_get_a_page_that_says_no_more(browser: Client) -> None:
    answer = browser.get("/", headers={"Accept": "text/html"})

    assert (answer.status_code, answer["Content-Type"]) == (500, "text/html; charset=utf-8")
    assert b"planted" not in answer.content
    assert b"Traceback" not in answer.content
