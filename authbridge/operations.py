"""One id for what a request does, the same again when the request is repeated under its Idempotency-Key."""

import uuid

from rest_framework.request import Request


def operation_id_of(request: Request) -> uuid.UUID:
    """Return the id that the front door gave this request's operation, or a fresh one."""
    return getattr(request._request, "operation_id", None) or uuid.uuid4()


def part_of(operation_id: uuid.UUID, part: object) -> uuid.UUID:
    """Return the id of one part of an operation, e.g. of its second document."""
    return uuid.uuid5(operation_id, str(part))
