"""One id for what a request does, the same again when the request is repeated under its Idempotency-Key."""

import uuid

from rest_framework.request import Request


def operation_id_of(request: Request) -> uuid.UUID:
    """Return the id that the front door gave this request's operation, or a fresh one."""
    return getattr(request._request, "operation_id", None) or uuid.uuid4()


def goes_on(request: Request) -> bool:
    """Tell whether an earlier attempt of this request died, so that what it asks for may have been done already."""
    return getattr(request._request, "goes_on", False)


def part_of(operation_id: uuid.UUID, part: object) -> uuid.UUID:
    """Return the id of one part of an operation, e.g. of its second document."""
    return uuid.uuid5(operation_id, str(part))
