"""Rate limits: calls per account and UTC clock hour, counted in the cache that all web processes share."""

import ipaddress
import logging
import time
from dataclasses import dataclass
from typing import Any, cast

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from authbridge.shared.actions import action_of
from authbridge.shared.callers import Caller
from fltr_project.http import Middleware

logger = logging.getLogger(__name__)

HOUR_S = 3600
API_PATHS = "/api/"


@dataclass(frozen=True, slots=True)
class Allowance:
    """How many calls an account has in this hour, how many are left, and when the next hour begins (epoch seconds)."""

    limit: int
    remaining: int
    reset: int

    def headers(self) -> dict[str, str]:
        """Return the contract's headers."""
        return {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(max(0, self.remaining)),
            "X-RateLimit-Reset": str(self.reset),
        }


class RateLimit(BaseThrottle):
    """Counts a call and refuses it once its account has none left."""

    allowance: Allowance | None = None

    def allow_request(self, request: Request, view: Any) -> bool:
        if not settings.RATE_LIMITS or not action_of(view).counts:
            return True
        caller = cast(Caller | None, request.user)
        allowances = [count(*account_of(request._request, caller), calls=1)]
        if caller is not None and caller.key:
            # Else making keys would multiply what their owner may call.
            allowances.append(count("session", str(caller.user_id), calls=1))
        self.allowance = min(allowances, key=lambda allowance: allowance.remaining)
        request._request.allowance = self.allowance  # type: ignore[attr-defined]
        return self.allowance.remaining >= 0

    def wait(self) -> float | None:
        """Return the seconds until the next hour."""
        return self.allowance.reset - time.time() if self.allowance else None


class RateLimitMiddleware(Middleware):
    """Tells every caller of the API how many calls are left."""

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if settings.RATE_LIMITS and request.path.startswith(API_PATHS):
            allowance = getattr(request, "allowance", None) or count(*account_of(request, None), calls=0)
            for name, value in allowance.headers().items():
                response.headers[name] = value
        return response


def account_of(request: HttpRequest, caller: Caller | None) -> tuple[str, str]:
    """Return the kind of caller and what its calls are counted by."""
    if caller is None:
        return "anonymous", address_of(request)
    return caller.method, str(caller.key.id if caller.key else caller.user_id)


def count(kind: str, account: str, *, calls: int) -> Allowance:
    """Add calls to an account's hour. Without its cache the service goes on unlimited rather than not at all."""
    hour = int(time.time()) // HOUR_S
    limit, key = settings.RATE_LIMITS[kind], f"calls:{kind}:{account}:{hour}"
    try:
        cache.add(key, 0, timeout=HOUR_S)
        used = cache.incr(key, calls)
    except Exception:
        logger.warning("Calls cannot be counted: the cache does not answer.", exc_info=True)
        used = 0
    return Allowance(limit=limit, remaining=limit - used, reset=(hour + 1) * HOUR_S)


def address_of(request: HttpRequest) -> str:
    """Return the client's address: the last one that no proxy of ours has; an IPv6 network counts as one client."""
    address = request.META.get("REMOTE_ADDR", "")
    hops = [hop.strip() for hop in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if hop.strip()]
    while hops and is_trusted(address):
        address = hops.pop()
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    return str(ipaddress.ip_network(f"{parsed}/64", strict=False)) if parsed.version == 6 else str(parsed)


def is_loopback(address: str) -> bool:
    """Tell whether an address is this machine's own."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    return (getattr(parsed, "ipv4_mapped", None) or parsed).is_loopback


def is_trusted(address: str) -> bool:
    """Tell whether an address belongs to one of TRUSTED_PROXIES, which are addresses or networks."""
    try:
        parsed = ipaddress.ip_address(address)
        return any(parsed in ipaddress.ip_network(proxy, strict=False) for proxy in settings.TRUSTED_PROXIES)
    except ValueError:
        return False
