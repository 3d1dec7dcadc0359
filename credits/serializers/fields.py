"""Amounts of credits in bodies."""

from typing import Any

from authbridge.shared.serializer_fields import StrictIntegerField

LARGEST_AMOUNT = 10**9


def amount_field(*, least: int = 1, **kwargs: Any) -> StrictIntegerField:
    """Return a field for an amount of credits."""
    return StrictIntegerField(min_value=least, max_value=LARGEST_AMOUNT, **kwargs)
