"""Questions about the credential that was used."""

from typing import Any

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from authbridge.callers import Caller, Service


class IsSession(BasePermission):
    """A person in a session; keys may not manage keys."""

    message = "This needs a session: API keys cannot manage keys or teams."

    def has_permission(self, request: Request, view: Any) -> bool:
        """Ask."""
        return isinstance(request.user, Caller) and request.user.method == "session"


class IsService(BasePermission):
    """The Next.js site with its secret."""

    message = "This needs the X-Webhook-Secret header."

    def has_permission(self, request: Request, view: Any) -> bool:
        """Ask."""
        return isinstance(request.user, Service)
