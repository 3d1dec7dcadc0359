"""Who is calling, as every room sees it: `request.user` of an authenticated request."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol, cast, runtime_checkable

from rest_framework.request import Request

# What tells an API key from the token of a session.
API_KEY_PREFIX = "fltr_sk_"


@runtime_checkable
class Person(Protocol):
    """A user as selectors of people return them."""

    id: uuid.UUID
    name: str
    email: str
    email_verified: bool
    credits: int
    total_credits_purchased: int
    team_id: uuid.UUID | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class UserRow:
    """A user as one query found them; `credits` is as of that query."""

    id: uuid.UUID
    name: str
    email: str
    credits: int
    total_credits_purchased: int
    team_id: uuid.UUID | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Caller:
    """An authenticated caller. `key` is set by the credits room when an API key was used."""

    user: UserRow
    method: Literal["session", "api_key"]
    expires_at: datetime | None = None
    key: Any = None
    is_authenticated: bool = True

    @property
    def user_id(self) -> uuid.UUID:
        """The person who is calling, or who owns the key that is."""
        return self.user.id

    @property
    def id(self) -> str:
        """What tells callers apart where the kind of credential matters, e.g. for replays."""
        return f"{self.method}:{self.key.id if self.key else self.user.id}"


@dataclass(frozen=True, slots=True)
class Service:
    """The Next.js site, calling with the shared secret."""

    is_authenticated: bool = True
    id: str = "service"


def anybody(request: Request) -> Caller | None:
    """Return who is calling, or None for an anonymous caller."""
    return cast(Caller | None, request.user)
