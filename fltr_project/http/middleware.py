"""What holds for every request: it has a name, and whatever goes wrong is told in the one shape."""

import logging
import re
import time
import uuid

from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponseNotAllowed
from django.http.response import HttpResponseBase
from django.utils.cache import patch_cache_control
from django.utils.safestring import SafeString
from django.views.debug import ExceptionReporter

from authbridge.shared.log_lines import written_for
from fltr_project.http import Middleware, errors
from fltr_project.http.limits import is_trusted

logger = logging.getLogger(__name__)

API = "/api/v1/"
SANE_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")


class RequestIdMiddleware(Middleware):
    """Takes the client's X-Request-ID if it is sane, else makes one, and answers with it."""

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        given = request.META.get("HTTP_X_REQUEST_ID", "")
        request_id = given if SANE_ID.fullmatch(given) else str(uuid.uuid4())
        request.request_id = request_id  # type: ignore[attr-defined]
        began = time.monotonic()
        with written_for(f"request {request_id}"):
            response = self.get_response(request)
            if logger.isEnabledFor(logging.INFO):
                route, passed_ms = (
                    f"{request.method} {errors.loggable_path(request)}",
                    (time.monotonic() - began) * 1000,
                )
                logger.info("%s %d, %.0f ms", route, response.status_code, passed_ms)
        response.headers["X-Request-ID"] = request_id
        return response


class ProxyMiddleware(Middleware):
    """Believes nobody but TRUSTED_PROXIES that a request came by https."""

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not is_trusted(request.META.get("REMOTE_ADDR", "")):
            request.META.pop("HTTP_X_FORWARDED_PROTO", None)
        return self.get_response(request)


class PrivacyMiddleware(Middleware):
    """Has nobody on the way keep answers of the API: each is for one caller, and may bear a key that is shown once."""

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if request.path_info.startswith(API):
            patch_cache_control(response, private=True, no_store=True)
        return response


class ErrorMiddleware(Middleware):
    """Answers what goes wrong outside of API views as they do; Django would write pages, with DEBUG even tracebacks."""

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        try:
            request.get_host()
        except DisallowedHost as error:
            return errors.answer(error, request)
        response = self.get_response(request)
        if (unanswered := getattr(request, "unanswered_error", None)) is not None:
            return errors.answer(unanswered, request)
        if isinstance(response, HttpResponseNotAllowed):
            return errors.method_not_allowed(request, response.headers["Allow"])
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponseBase:
        """Answer what a plain view raises."""
        return errors.answer(error, request)


class QuietReporter(ExceptionReporter):
    """Leaves to ErrorMiddleware what Django, with DEBUG, would show as tracebacks, variables and settings."""

    def get_traceback_html(self) -> SafeString:
        """Write nothing, and remember what there is to answer."""
        if self.request:
            self.request.unanswered_error = self.exc_value  # type: ignore[attr-defined]
        return SafeString()

    get_traceback_text = get_traceback_html
