"""Paging through the whole ledger, which is too long to be counted or skipped row by row."""

from collections.abc import Callable, Mapping
from datetime import date
from functools import cached_property
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Sum

from credits.models import DayTotal

# The admin's filters that totals by day know, too.
KNOWN: dict[str, tuple[str, Callable[[str], Any]]] = {
    "type__exact": ("type", str),
    "operation": ("operation", str),
    "account_type__exact": ("account_type", str),
    "created_at_from": ("day__gte", date.fromisoformat),
    "created_at_to": ("day__lte", date.fromisoformat),
}
# What says how to show rows and not which.
NO_FILTERS = {"p", "o"}


class LedgerPaginator(Paginator):
    """Pages of rows whose number may be known from totals; a page's ids are sought from the nearer end of an index."""

    def __init__(self, rows: Any, per_page: int, *args: Any, known_count: int | None = None, **options: Any) -> None:
        super().__init__(rows, per_page, *args, **options)
        self._rows, self._known_count = rows, known_count

    @cached_property
    def count(self) -> int:
        """How many rows there are."""
        return self._rows.count() if self._known_count is None else self._known_count

    def page(self, number: int | str) -> "Page[Any]":
        """Return one page."""
        number = self.validate_number(number)
        begin = (number - 1) * self.per_page
        ids = self._ids(begin, max(begin, min(begin + self.per_page, self.count)))
        found = {row.pk: row for row in self._rows.model._default_manager.filter(pk__in=ids)}
        return Page([found[id] for id in ids if id in found], number, self)

    def _ids(self, begin: int, end: int) -> list[Any]:
        ids = self._rows.values_list("pk", flat=True)
        if begin <= self.count // 2:
            return list(ids[begin:end])
        return list(ids.reverse()[self.count - end : self.count - begin])[::-1]


def count_known(query: Mapping[str, str]) -> int | None:
    """Return how many rows pass the filters of an address, or None where totals cannot tell."""
    filters = {}
    for name, value in query.items():
        if not value or name in NO_FILTERS:
            continue
        if name not in KNOWN:
            return None
        field, read = KNOWN[name]
        try:
            filters[field] = read(value)
        except ValueError:
            # What is no day narrows nothing.
            continue
    return DayTotal.objects.filter(**filters).aggregate(rows=Sum("entries"))["rows"] or 0
