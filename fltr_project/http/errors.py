"""The one table of errors: which status a domain error has, and the one shape all errors have."""

import sys
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.exceptions import (
    BadRequest,
    DisallowedHost,
    ObjectDoesNotExist,
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
    TooManyFilesSent,
)
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, UnreadablePostError
from django.template.loader import render_to_string
from django.views.decorators.csrf import csrf_exempt
from psycopg_pool import PoolTimeout
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

from authbridge import errors as auth
from authbridge.shared.errors import Conflict, DomainError, InvalidInput
from authbridge.shared.ids import parse_uuid
from authbridge.shared.unwritable import has_no_room, takes_no_changes
from credits import errors as credits
from datasets import errors as datasets
from fltr_project.http.attempts import is_guess, note_failure
from fltr_project.http.complaints import complain
from fltr_project.http.idempotency import Replay, replay

BY_STATUS: dict[int, tuple[type[DomainError], ...]] = {
    400: (InvalidInput,),
    401: (auth.AuthenticationError,),
    402: (credits.InsufficientCredits, credits.LimitReached),
    403: (auth.UntrustedOrigin, credits.NotOnTheTeam, credits.InsufficientScope, credits.NotTheTeamOwner,
          datasets.NotTheOwner),
    404: (auth.UserNotFound, credits.AccountNotFound, credits.TeamNotFound, credits.TransactionNotFound,
          credits.ApiKeyNotFound, datasets.DatasetNotFound, datasets.DocumentNotFound, datasets.JobNotFound),
    409: (Conflict, credits.ChargeUndone, credits.BalanceTooLarge, credits.KeyReused, credits.RefundTooLarge),
    413: (datasets.FileTooLarge,),
    415: (datasets.UnsupportedMediaType,),
    422: (datasets.UnprocessableDocument,),
    429: (auth.TooManyAttempts, datasets.TooManyStreams),
    503: (datasets.ServiceUnavailable, datasets.IndexIncomplete),
}  # fmt: skip
STATUSES = {kind: status for status, kinds in BY_STATUS.items() for kind in kinds}
CODES = {
    400: "invalid_request",
    401: "authentication_required",
    403: "permission_denied",
    404: "not_found",
    405: "method_not_allowed",
    406: "not_acceptable",
    409: "conflict",
    413: "file_too_large",
    415: "unsupported_media_type",
    429: "rate_limit_exceeded",
    500: "internal_error",
    503: "service_unavailable",
}
INTERNAL = "Something went wrong on our side. Only what was done is paid for: a charge for anything else is given back."
READ_ONLY = "The database takes no changes at the moment. Try again shortly; what was not done is not paid for."
NO_ROOM = "There is no room left on the disk. Try again later; what was not done is not paid for."
RETRY_AFTER_S = 2
# Somebody has to make the room.
RETRY_AFTER_ROOM_S = 30
MOST_FILES = settings.DATA_UPLOAD_MAX_NUMBER_FILES
# What Django and the database drivers raise; of kinds that overlap the first counts.
FOREIGN: tuple[tuple[Any, int, str], ...] = (
    (RequestDataTooBig, 413, "The request body is too large."),
    (DisallowedHost, 400, "This service is not known under this host name. Its operator can add it to ALLOWED_HOSTS."),
    (TooManyFilesSent, 400, f"One request may bring at most {MOST_FILES} files. Send the others in further ones."),
    ((SuspiciousOperation, BadRequest, UnreadablePostError), 400, "The request cannot be read."),
    (
        (OperationalError, InterfaceError, PoolTimeout),
        503,
        "The database does not answer at the moment. Try again shortly.",
    ),
)


def exception_handler(error: Exception, context: dict[str, Any]) -> Response:
    """Answer any exception of an API view in the contract's shape."""
    if isinstance(error, Replay):
        return replay(error.kept)
    set_rollback()
    if not hasattr(context["request"], "_user"):
        # Whoever writes the answer may look who is calling, and must not run into the same error again.
        context["request"]._not_authenticated()
    status, body = describe_and_log(unless_too_many(error, context["request"]._request), context["request"])
    return Response(body, status=status, headers=headers_for(error, body))


def answer(error: Exception, request: HttpRequest) -> HttpResponse:
    """Answer any exception outside of API views in the same shape, or browsers with a page that says it."""
    status, body = describe_and_log(unless_too_many(error, request), request)
    headers = headers_for(error, body)
    if prefers_page(request):
        return HttpResponse(render_to_string("error.html", {**body, "status": status}), status=status, headers=headers)
    return JsonResponse(body, status=status, headers=headers)


def unless_too_many(error: Exception, request: HttpRequest) -> Exception:
    """Return what to answer in the place of a bad credential, of which too many may have come from there."""
    wait_s = note_failure(request) if is_guess(error) else None
    return error if wait_s is None else auth.TooManyAttempts(retry_after=wait_s)


def prefers_page(request: HttpRequest) -> bool:
    """Tell whether a browser asks, whose Accept header can be read."""
    try:
        return request.get_preferred_type(["application/json", "text/html"]) == "text/html"
    except ValueError:
        return False


def describe_and_log(error: Exception, request: Any) -> tuple[int, dict[str, Any]]:
    """Return status and body of an exception; what is our fault goes to the log as well."""
    status, body = describe(error)
    if status >= 500:
        complain(f"{request.method} {loggable_path(request)}", status, error)
    return status, body


def loggable_path(request: Any, *, with_ids: bool = True) -> str:
    """Return a request's path with the names of what stands where ids do, unless it is one: it may be a pasted key."""
    match, path = request.resolver_match, str(request.path)
    if match is None:
        return "…"
    for name, value in match.kwargs.items():
        path = path if with_ids and parse_uuid(value) else path.replace(str(value), f"{{{name}}}")
    return path


def describe(error: Exception) -> tuple[int, dict[str, Any]]:
    """Return status and body of an exception."""
    if isinstance(error, DomainError):
        return status_of(error), body_of(error.message, error.code, error.details)
    if isinstance(error, exceptions.ValidationError):
        return 400, body_of(first_sentence(error.detail), CODES[400], as_details(error.detail))
    if takes_no_changes(error):
        return 503, body_of(READ_ONLY, CODES[503], {"retry_after": RETRY_AFTER_S})
    if has_no_room(error):
        return 503, body_of(NO_ROOM, CODES[503], {"retry_after": RETRY_AFTER_ROOM_S})
    for kinds, status, message in FOREIGN:
        if isinstance(error, kinds):
            return status, body_of(message, CODES[status], {"retry_after": RETRY_AFTER_S} if status == 503 else {})
    return describe_http(error)


def describe_http(error: Exception) -> tuple[int, dict[str, Any]]:
    """Return status and body of Django's and DRF's own HTTP exceptions; anything else is our fault."""
    if isinstance(error, Http404 | ObjectDoesNotExist):
        error = exceptions.NotFound("There is nothing here.")
    elif isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied()
    if not isinstance(error, exceptions.APIException):
        return 500, body_of(INTERNAL, CODES[500])
    status = error.status_code
    details = (
        {"retry_after": max(1, int(getattr(error, "wait", None) or 1))}
        if isinstance(error, exceptions.Throttled)
        else {}
    )
    return status, body_of(str(error.detail), CODES.get(status, CODES[400]), details)


def status_of(error: DomainError) -> int:
    """Return a domain error's status, by its nearest listed class."""
    return next(STATUSES[kind] for kind in type(error).__mro__ if kind in STATUSES)


def body_of(message: str, code: str, details: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return the one error shape."""
    return {"error": message, "code": code, "details": details or {}}


def as_details(detail: Any) -> dict[str, Any]:
    """Return what is wrong, by field."""
    return dict(detail) if isinstance(detail, dict) else {"non_field_errors": detail}


def first_sentence(detail: Any) -> str:
    """Return the first thing that is wrong as a sentence that names its field."""
    field, message = next(flatten(detail), ("", "The request is not valid."))
    return f"{field}: {message}" if field and field != "non_field_errors" else message


def flatten(detail: Any, field: str = "") -> Iterator[tuple[str, str]]:
    """Yield (field, message) pairs of nested validation errors."""
    if isinstance(detail, dict):
        for name, inner in detail.items():
            yield from flatten(inner, f"{field}.{name}" if field else str(name))
    elif isinstance(detail, list):
        for inner in detail:
            yield from flatten(inner, field)
    else:
        yield field, str(detail)


def headers_for(error: Exception, body: dict[str, Any]) -> dict[str, str]:
    """Return the headers that go with an error."""
    headers = {}
    if retry_after := body["details"].get("retry_after"):
        headers["Retry-After"] = str(retry_after)
    if challenge := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    elif isinstance(error, auth.AuthenticationError):
        headers["WWW-Authenticate"] = 'Bearer realm="fltr"'
    return headers


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Django's handler400."""
    return answer(exception if isinstance(exception, SuspiciousOperation) else SuspiciousOperation(), request)


def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Django's handler403."""
    return answer(PermissionDenied(), request)


@csrf_exempt
def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Django's handler404, and the view of every path that is none of ours."""
    return answer(Http404(), request)


def method_not_allowed(request: HttpRequest, allowed: str) -> HttpResponse:
    """Refuse a method outside of API views."""
    response = answer(exceptions.MethodNotAllowed(str(request.method)), request)
    response.headers["Allow"] = allowed
    return response


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's handler500, called while the exception is handled, which may be that a database is down."""
    error = sys.exc_info()[1]
    return answer(error if isinstance(error, Exception) else RuntimeError(), request)
