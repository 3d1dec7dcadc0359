"""Idempotency-Key: the same request under the same key is done once and answered the same.

The gate stands where DRF knows the caller and has not yet called the view; DRF's only hook there is the throttle. It
claims the key, or raises `Replay` with the answer of the first call. The middleware keeps a 2xx and frees the key of
anything else. A first call that died leaves a claim whose repeat does the same operation (the same ids and charge
keys) once more, so that services go on where it broke off.
"""

import hashlib
from datetime import timedelta
from typing import Any, cast

import orjson
from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.http import HttpRequest, QueryDict
from django.http.response import HttpResponseBase
from django.utils import timezone
from rest_framework.exceptions import APIException
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import BaseThrottle

from authbridge.shared.actions import action_of
from authbridge.shared.callers import Caller, Service
from authbridge.shared.errors import Conflict, DomainError, InvalidInput, StillRunning
from authbridge.shared.process_names import is_known_dead, own_name
from fltr_project.http import Middleware
from fltr_project.http.renderers import OrjsonRenderer
from fltr_project.models import IdempotentRequest

HEADER = "Idempotency-Key"
KEPT_FOR = timedelta(hours=24)
# Longer than any request takes; a request whose process is known to be dead is not waited for at all.
LONGEST_REQUEST = timedelta(minutes=2)
RECEIPT_HEADERS = ("X-Credits-Charged", "X-Credits-Remaining", "X-Credit-Transaction", "X-Credits-Warning")
LONGEST_KEY = 255


class OtherRequest(Conflict):
    """An Idempotency-Key came again with another request."""

    code = "idempotency_conflict"
    message = "This Idempotency-Key was used for another request. Use a new key for a new request."


class Replay(Exception):
    """Not an error: the answer that the first call got."""

    def __init__(self, kept: IdempotentRequest) -> None:
        self.kept = kept


class IdempotencyGate(BaseThrottle):
    """Claims the key of a POST before its view runs."""

    def allow_request(self, request: Request, view: Any) -> bool:
        """Let the request through to be done, or raise what answers it."""
        key = request.META.get("HTTP_IDEMPOTENCY_KEY")
        caller = cast(Caller | Service | None, request.user)
        if request.method != "POST" or key is None or caller is None:
            return True
        try:
            claim = claim_key(caller.id, checked(key), fingerprint(request))
        except StillRunning:
            raise
        except (APIException, DomainError):
            # What is not there is 404 first, whatever else is wrong with the request.
            if view.kwargs:
                view.look_up()
            raise
        if claim.status is not None and not action_of(view).repeats_afresh:
            raise Replay(claim)
        # What was found may be deleted before the repeat.
        claim.keeps_body = not action_of(view).repeats_afresh
        request._request.operation_id = claim.operation_id  # type: ignore[attr-defined]
        request._request.goes_on = claim.was_taken_over  # type: ignore[attr-defined]
        request._request.idempotent_request = claim  # type: ignore[attr-defined]
        return True


class IdempotencyMiddleware(Middleware):
    """Keeps what a claimed request was answered, or frees its key."""

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        claim: IdempotentRequest | None = getattr(request, "idempotent_request", None)
        if claim is not None and claim.status is None:
            settle(claim, response)
        return response


def checked(key: str) -> str:
    """Refuse keys that could not be kept."""
    if not 1 <= len(key) <= LONGEST_KEY or not key.isprintable():
        raise InvalidInput(HEADER, f"Must have 1 to {LONGEST_KEY} printable characters.")
    return key


def claim_key(caller: str, key: str, mark: str) -> IdempotentRequest:
    """Return a claim that is ours to do (`status` is None), or the answer that was kept.

    Another request under the key is a conflict; an equal one that still runs must be waited for.
    """
    rows = IdempotentRequest.objects.filter(caller=caller, key=key)
    rows.filter(created_at__lt=timezone.now() - KEPT_FOR).delete()
    now = timezone.now()
    mine = {"process": own_name(), "running_until": now + LONGEST_REQUEST}
    try:
        with transaction.atomic(using="default"):
            return IdempotentRequest.objects.create(caller=caller, key=key, fingerprint=mark, created_at=now, **mine)
    except IntegrityError:
        earlier = rows.first()
    if earlier is None:
        raise StillRunning
    if earlier.fingerprint != mark:
        raise OtherRequest
    return earlier if earlier.status is not None else take_over(earlier, mine)


def take_over(earlier: IdempotentRequest, mine: dict[str, Any]) -> IdempotentRequest:
    """Go on for a call that died, with its operation's id; only one of several repeats can."""
    if not is_known_dead(earlier.process) and (earlier.running_until or timezone.now()) > timezone.now():
        raise StillRunning
    unchanged = IdempotentRequest.objects.filter(id=earlier.id, status=None, running_until=earlier.running_until)
    if not unchanged.update(**mine):
        raise StillRunning
    earlier.running_until, earlier.was_taken_over = mine["running_until"], True
    return earlier


def settle(claim: IdempotentRequest, response: HttpResponseBase) -> None:
    """Keep a 2xx under the key; anything else frees it. A claim that was taken over is not ours to settle."""
    ours = IdempotentRequest.objects.filter(id=claim.id, running_until=claim.running_until)
    if 200 <= response.status_code < 300 and isinstance(response, Response):
        headers = {name: response.headers[name] for name in RECEIPT_HEADERS if name in response.headers}
        body = without_secrets(orjson.loads(OrjsonRenderer().render(response.data) or b"null"))
        ours.update(status=response.status_code, body=body if claim.keeps_body else None, headers=headers)
    else:
        ours.delete()


def without_secrets(body: Any) -> Any:
    """Blank the secret of a new API key: it is shown once."""
    return {**body, "key": None} if isinstance(body, dict) and "key" in body else body


def replay(kept: IdempotentRequest) -> Response:
    """Return the kept answer."""
    return Response(kept.body, status=kept.status, headers={**kept.headers, "Idempotent-Replayed": "true"})


def fingerprint(request: Request) -> str:
    """Return what makes two requests the same: method, path, fields and file contents; never the boundary."""
    data: Any = request.data
    fields: Any
    if isinstance(data, QueryDict):
        fields = {name: data.getlist(name) for name in data if name not in request.FILES}
        files = [(name, file.name, digest(file)) for name in request.FILES for file in request.FILES.getlist(name)]
    else:
        fields, files = data, []
    parts = [request.method, request.get_full_path(), fields, sorted(files)]
    return hashlib.sha256(orjson.dumps(parts, option=orjson.OPT_SORT_KEYS)).hexdigest()


def digest(file: UploadedFile) -> str:
    """Return the hash of an uploaded file, leaving it at its beginning."""
    sha256 = hashlib.sha256()
    for part in file.chunks():
        sha256.update(part)
    file.seek(0)
    return sha256.hexdigest()


def forget_old() -> int:
    """Drop answers that are kept no longer; return how many."""
    return IdempotentRequest.objects.filter(created_at__lt=timezone.now() - KEPT_FOR).delete()[0]
