"""Whose credential is it? Asked of a request before its body is read."""

from typing import Any, cast

from django.core.handlers.wsgi import WSGIRequest
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request
from rest_framework.settings import api_settings

from authbridge.authentication import ServiceSecretAuthentication
from authbridge.shared.callers import Caller


def known_sender(environ: dict[str, Any]) -> str | None:
    """Return whom a request comes from, if its credential is good; whatever else is wrong is told later."""
    classes = cast(list[type[BaseAuthentication]], api_settings.DEFAULT_AUTHENTICATION_CLASSES)
    request = Request(WSGIRequest(environ))
    for authentication in (*classes, ServiceSecretAuthentication):
        try:
            found = authentication().authenticate(request)
        except Exception:
            return None
        if found is not None:
            caller = found[0]
            return str(caller.user_id) if isinstance(caller, Caller) else str(caller.id)
    return None
