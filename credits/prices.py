"""What each operation costs, as data. settings.PRICES overrides by operation, settings.DOCUMENT_PRICES the tiers."""

from collections.abc import Callable
from typing import Any

from django.conf import settings

MEGABYTE = 1024 * 1024

OPERATIONS = {
    "dataset_create": 2,
    "vector_query": 1,
    "keyword_query": 1,
    "hybrid_query": 2,
    "premium_query": 5,
    "embedding_search": 1,
}
# What only some instances can do, each with the question whether this one can. Nothing can rerank yet.
ONLY_WHERE: dict[str, Callable[[], bool]] = {"premium_query": lambda: False}
# Priced by size, not by one number.
DOCUMENT_UPLOAD = "document_upload"
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


def price_list() -> dict[str, Any]:
    """Return all prices in force."""
    return {
        "operations": prices(),
        "documents": [{"up_to_bytes": bound, "credits": credits} for bound, credits in document_tiers()],
    }
