"""Questions about the credential that was used."""

from typing import Any

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from authbridge.shared.callers import Caller, Service
from credits.errors import InsufficientScope


class IsSession(BasePermission):
    """A person in a session; keys may not manage keys."""

    message = "This needs a session: API keys cannot manage keys or teams."

    def has_permission(self, request: Request, view: Any) -> bool:
        """Ask."""
        caller: object = request.user
        return isinstance(caller, Caller) and caller.method == "session"


class IsService(BasePermission):
    """The Next.js site with its secret."""

    message = "This needs the X-Webhook-Secret header."

    def has_permission(self, request: Request, view: Any) -> bool:
        """Ask."""
        caller: object = request.user
        return isinstance(caller, Service)


class HasScope(BasePermission):
    """An API key with a list of scopes may do what they name; sessions, and keys without a list, have them all.

    A view says what each of its actions needs: `required_scopes = {"list": "datasets:read", …}`. What its path names is
    looked for first, by its `look_up`: a thing that is not there for this caller is 404 whatever the key may do.
    """

    def has_permission(self, request: Request, view: Any) -> bool:
        """Ask; what is missing is named. A method that the view does not have is answered as such, not here."""
        key = getattr(request.user, "key", None)
        if key is None or key.scopes is None or view.action in (None, "metadata"):
            return True
        if view.required_scopes[view.action] not in key.scopes:
            if view.kwargs:
                view.look_up()
            raise InsufficientScope(required_scope=view.required_scopes[view.action])
        return True
