"""What each operation costs, as data. settings.PRICES overrides by operation, settings.DOCUMENT_PRICES the tiers."""

from collections.abc import Callable
from typing import Any

from django.conf import settings

from credits.models import CreditOperation

MEGABYTE = 1024 * 1024

OPERATIONS: dict[str, int] = {
    CreditOperation.DATASET_CREATE.value: 2,
    CreditOperation.VECTOR_QUERY.value: 1,
    CreditOperation.KEYWORD_QUERY.value: 1,
    CreditOperation.HYBRID_QUERY.value: 2,
    CreditOperation.PREMIUM_QUERY.value: 5,
    CreditOperation.EMBEDDING_SEARCH.value: 1,
}
OPERATION_NAMES = frozenset(CreditOperation.values)
# What only some instances can do, each with the question whether this one can. Nothing can rerank yet.
ONLY_WHERE: dict[str, Callable[[], bool]] = {CreditOperation.PREMIUM_QUERY.value: lambda: False}
# Priced by size, not by one number.
DOCUMENT_UPLOAD = CreditOperation.DOCUMENT_UPLOAD.value
# Upper bounds in bytes, inclusive, and the credits a document of that size costs; the last tier has no bound.
DOCUMENT_TIERS: tuple[tuple[int | None, int], ...] = (
    (1 * MEGABYTE - 1, 2),
    (5 * MEGABYTE, 3),
    (10 * MEGABYTE, 6),
    (25 * MEGABYTE, 12),
    (None, 25),
)


def prices() -> dict[str, int]:
    """Return the prices in force, of what can be bought here."""
    known = {**OPERATIONS, **settings.PRICES}
    return {operation: price for operation, price in known.items() if ONLY_WHERE.get(operation, lambda: True)()}


def price_of(operation: str) -> int:
    """Return what one operation costs."""
    return prices()[operation]


def price_of_document(size_bytes: int) -> int:
    """Return what a document of this size costs."""
    return next(credits for bound, credits in document_tiers() if bound is None or size_bytes <= bound)


def document_tiers() -> tuple[tuple[int | None, int], ...]:
    """Return the tiers in force."""
    return settings.DOCUMENT_PRICES or DOCUMENT_TIERS


def chargeable_operations() -> list[str]:
    """Return the names of everything that can be charged."""
    return sorted({*prices(), DOCUMENT_UPLOAD})


def known_operations() -> frozenset[str]:
    """Return the names of everything that may stand in the ledger as spent on, whether it can be bought here or not."""
    return OPERATION_NAMES | settings.PRICES.keys()


def price_list() -> dict[str, Any]:
    """Return all prices in force."""
    return {
        "operations": prices(),
        "documents": [{"up_to_bytes": bound, "credits": credits} for bound, credits in document_tiers()],
    }
