"""Read RATE_LIMITS; apart from limits.py so that settings import no Django REST framework."""

from django.core.exceptions import ImproperlyConfigured

CALLER_KINDS = ("anonymous", "api_key", "session")


def parse_rate_limits(text: str) -> dict[str, int]:
    """Turn `anonymous=50,api_key=1000,session=15000` into calls per hour by kind of caller; `off` is {}."""
    if text.strip().lower() == "off":
        return {}
    try:
        limits = {kind.strip(): int(calls) for kind, calls in (part.split("=") for part in text.split(","))}
    except ValueError:
        limits = {}
    if set(limits) != set(CALLER_KINDS) or min(limits.values()) < 1:
        raise ImproperlyConfigured("RATE_LIMITS must be off, or like anonymous=50,api_key=1000,session=15000.")
    return limits
