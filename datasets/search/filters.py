"""Metadata filters of a query: at most ten fields, each a value, a list of values, or comparisons."""

from collections.abc import Callable, Mapping
from typing import Any

from authbridge.shared.errors import InvalidInput

MOST_FIELDS = 10
MOST_VALUES = 100
COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "gt": lambda found, wanted: found > wanted,
    "gte": lambda found, wanted: found >= wanted,
    "lt": lambda found, wanted: found < wanted,
    "lte": lambda found, wanted: found <= wanted,
}
NOT_EQUAL = "ne"
ORDERED = (float, str)
FORMS = (
    f"write a value, a list of at most {MOST_VALUES} values, or an object with ne, or with gt, gte, lt or lte"
    " and a number or a text."
)
LONGEST_SHOWN_NAME = 100
ABSENT = object()


def check_filters(filters: Any) -> dict[str, Any]:
    """Return filters that can be applied, or say which one cannot."""
    if not isinstance(filters, dict):
        raise InvalidInput("filters", "Must be an object of metadata fields.")
    if len(filters) > MOST_FIELDS:
        raise InvalidInput("filters", f"At most {MOST_FIELDS} fields.")
    for name, condition in filters.items():
        check_condition(name, condition)
    return filters


def check_condition(name: str, condition: Any) -> None:
    """Refuse a condition of no known form."""
    if isinstance(condition, dict):
        good = bool(condition) and all(is_comparison(key, value) for key, value in condition.items())
    elif isinstance(condition, list):
        good = len(condition) <= MOST_VALUES and all(is_scalar(value) for value in condition)
    else:
        good = is_scalar(condition)
    if not good:
        raise InvalidInput("filters", f"{name[:LONGEST_SHOWN_NAME]}: {FORMS}")


def is_comparison(name: str, value: Any) -> bool:
    """Tell whether values can be compared like that: only numbers and texts have an order."""
    return is_scalar(value) if name == NOT_EQUAL else name in COMPARISONS and kind(value) in ORDERED


def matches(metadata: Mapping[str, Any], filters: Mapping[str, Any]) -> bool:
    """Tell whether a document's metadata meets all conditions. A missing field meets none but `ne`."""
    return all(meets(metadata.get(name, ABSENT), condition) for name, condition in filters.items())


def meets(found: Any, condition: Any) -> bool:
    """Tell whether one value meets one condition."""
    if isinstance(condition, list):
        return any(equal(found, value) for value in condition)
    if isinstance(condition, dict):
        return all(compares(found, name, value) for name, value in condition.items())
    return equal(found, condition)


def compares(found: Any, name: str, wanted: Any) -> bool:
    """Apply one comparison; values of different types have no order."""
    if name == NOT_EQUAL:
        return not equal(found, wanted)
    return kind(found) == kind(wanted) and kind(found) in ORDERED and COMPARISONS[name](found, wanted)


def equal(found: Any, wanted: Any) -> bool:
    """Compare as JSON does: true is not 1, and 1 is 1.0."""
    return kind(found) == kind(wanted) and found == wanted


def kind(value: Any) -> type:
    """Return a JSON value's type, numbers being one."""
    return float if isinstance(value, int | float) and not isinstance(value, bool) else type(value)


def is_scalar(value: Any) -> bool:
    """Tell whether a value is a string, number, boolean or null."""
    return value is None or isinstance(value, str | int | float | bool)
