"""What holds for one action of the API, declared once above its method by `action` of views.py.

Permissions, charges, replays, rate limits and the OpenAPI document all read it here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from rest_framework.permissions import SAFE_METHODS

from authbridge.shared.callers import Caller, Service


class Callers(IntEnum):
    """Whom an action is for, from all to the few."""

    ANYBODY = 0
    ACCOUNT = 1  # A person, in a session or by an API key.
    SESSION = 2
    SERVICE = 3  # The Next.js site.

    def include(self, caller: object) -> bool:
        """Tell whether somebody is one of them."""
        if self is Callers.SERVICE:
            return isinstance(caller, Service)
        is_person = isinstance(caller, Caller) and (self is not Callers.SESSION or caller.method == "session")
        return is_person or self is Callers.ANYBODY


@dataclass(frozen=True, slots=True)
class Action:
    """Who may do it, and by an API key of which scope; what it charges; what bounds it; what can go wrong in it.

    A repeat under an Idempotency-Key gets what the first call was answered. What is paid does its work again under the
    old charge instead, so that nothing deleted comes back, unless it is `replayed`: what makes a thing.
    """

    scope: str | None
    by: Callers = Callers.ACCOUNT
    charges: Sequence[str] = ()
    replayed: bool = False
    counts: bool = True  # Against its caller's calls of the hour.
    places: Any = None  # One of which each of its answers holds until it is out.
    body: Any = None  # A serializer, or one for each media type.
    failures: Sequence[int] = ()  # Statuses, besides those that all actions of its kind have.

    @property
    def repeats_afresh(self) -> bool:
        """Tell whether a repeat does the work again."""
        return bool(self.charges) and not self.replayed


def action_of(view: Any) -> Action:
    """Return what holds for the call that a view is there for.

    A method that its path does not have is answered to those who may use one that it has: all of them to read.
    """
    offered = {name: getattr(view, name).declared for name in (getattr(view, "action_map", None) or {}).values()}
    if view_action := offered.get(getattr(view, "action", None)):
        return view_action
    if not offered:
        return Action(scope=None)
    widest = min if view.request.method in SAFE_METHODS else max
    nearest = widest(offered.values(), key=lambda each: each.by)
    return Action(scope=None, by=nearest.by, counts=nearest.counts)
