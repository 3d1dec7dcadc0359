"""Bad credentials are counted by address and by account name; past AUTH_FAILURE_LIMIT further bad ones are 429.

Only what has failed is ever looked at, so a good credential is never refused for what others have tried.
"""

import hashlib
import logging
import time
from typing import Any

from django.conf import settings
from django.contrib.auth.signals import user_login_failed
from django.core.cache import cache
from django.dispatch import receiver
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from authbridge.errors import AuthenticationError, SessionExpired
from fltr_project.http import Middleware
from fltr_project.http.limits import address_of, is_trusted

logger = logging.getLogger(__name__)

# What a form answers to a bad password, and so what becomes 429 past the limit.
ANSWERS_OF_FORMS = (200, 400)
# Seconds for which the door keeps such an answer back; no thread waits for that.
FORM_DELAY_S = 1


def is_guess(error: Exception) -> bool:
    """Tell whether somebody may be guessing: a session that has expired was good once."""
    return isinstance(error, AuthenticationError) and not isinstance(error, SessionExpired)


def note_failure(request: HttpRequest, account: str = "") -> int | None:
    """Count a bad credential; return the seconds to wait if there were too many of its address or its account."""
    if not settings.AUTH_FAILURE_LIMIT:
        return None
    most, period_s = settings.AUTH_FAILURE_LIMIT
    period, passed_s = divmod(int(time.time()), period_s)
    address = address_of(request)
    # All people of the site come from the address of its server.
    counted = [] if is_trusted(address) else [("address", address)]
    counted += [("account", account.strip().lower())] if account else []
    worst = max((count(kind, name, period, period_s) for kind, name in counted), default=0)
    return max(1, period_s - passed_s) if worst > most else None


def count(kind: str, name: str, period: int, period_s: int) -> int:
    """Add one to what failed of an address or an account in this period, and return all of it."""
    most = settings.AUTH_FAILURE_LIMIT[0]
    key = f"failures:{kind}:{hashlib.sha256(name.encode()).hexdigest()}:{period}"
    try:
        cache.add(key, 0, timeout=period_s)
        failed: int = cache.incr(key)
    except Exception:
        logger.warning("Bad credentials cannot be counted: the cache does not answer.", exc_info=True)
        return 0
    if failed == most + 1:
        # An account's name is whatever somebody typed, a password by mistake among it.
        logger.warning(
            "More than %d bad credentials for %s; answering 429.", most, name if kind == "address" else "one account"
        )
    return failed


@receiver(user_login_failed)
def note_failed_login(sender: Any, credentials: dict[str, Any], request: HttpRequest | None = None, **_: Any) -> None:
    """Count a wrong password at /admin/login/."""
    if request is not None:
        flag(request, str(credentials.get("username") or ""))


def flag(request: HttpRequest, account: str = "") -> None:
    """Count what a form was sent that was not good, for the middleware to see."""
    request.wait_s = note_failure(request, account)  # type: ignore[attr-defined]


class AttemptsMiddleware(Middleware):
    """Answers forms 429 that were sent too many bad credentials."""

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        wait_s = getattr(request, "wait_s", None)
        if wait_s is not None and response.status_code in ANSWERS_OF_FORMS:
            response.status_code = 429
            response.headers["Retry-After"] = str(wait_s)
            response.delay_s = FORM_DELAY_S  # type: ignore[attr-defined]
        return response
