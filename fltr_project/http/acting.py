"""Says of each request who acts in it and from which address, for the audit trail."""

from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from authbridge.shared.acting import Actor, ActorType, acting
from authbridge.shared.callers import Caller, Service
from fltr_project.http import (
    Middleware,
    staff_signs,  # noqa: F401  (has sign-ins noted)
)
from fltr_project.http.limits import address_of


class ActingMiddleware(Middleware):
    """Asked only when something is noted: by then the credential was looked at, by Django's admin or by the API."""

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        with acting(lambda: actor_of(request)):
            return self.get_response(request)


def actor_of(request: HttpRequest) -> Actor:
    """Return who acts in a request."""
    type, name = named(getattr(request, "user", None))
    return Actor(type, name, address_of(request))


def named(user: Any) -> tuple[ActorType, str]:
    """Return what somebody is called who was recognised: a caller of the API, the site, or staff."""
    if isinstance(user, Caller):
        return ActorType.USER, str(user.user_id)
    if isinstance(user, Service):
        return ActorType.SITE, ""
    if user is not None and user.is_authenticated:
        return ActorType.STAFF, user.get_username()
    return ActorType.NOBODY, ""
