"""Whether the credential that was used allows what is asked for."""

from typing import Any

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from authbridge.shared.actions import action_of
from credits.errors import InsufficientScope


class AsDeclared(BasePermission):
    """Those whom an action is for may do it, by an API key if its scopes allow it; a key without a list has them all.

    What the path names is looked for before a scope is missed: what is not there for this caller is 404 whatever the
    key may do.
    """

    message = "This needs a session: API keys cannot manage keys or teams."

    def has_permission(self, request: Request, view: Any) -> bool:
        """Compare the caller with what is declared; a scope that is missing is named."""
        declared, caller, key = action_of(view), request.user, getattr(request.user, "key", None)
        if not declared.by.include(caller):
            return False
        if declared.scope and key and key.scopes is not None and declared.scope not in key.scopes:
            if view.kwargs:
                view.look_up()
            raise InsufficientScope(required_scope=declared.scope)
        return True
