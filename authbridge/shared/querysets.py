"""Queries that stay in one database: PostgreSQL would only say that a relation does not exist."""

from collections.abc import Iterable, Iterator
from typing import Any, Self, TypeVar

from django.db import models, router
from django.db.models import Q
from django.db.models.expressions import BaseExpression
from django.db.models.sql import Query

Row = TypeVar("Row", bound=models.Model)


class TwoHomes(ValueError):
    """A query reads two databases, which no database can; the message says what to do instead."""


class OneHomeQuerySet(models.QuerySet[Row]):
    """A queryset that refuses a subquery on a model whose home is another database."""

    def _filter_or_exclude(self, negate: bool, args: Any, kwargs: Any) -> Any:
        insist_on_one_home(self.model, [*args, *kwargs.values()])
        return super()._filter_or_exclude(negate, args, kwargs)  # type: ignore[misc]

    def annotate(self, *args: Any, **kwargs: Any) -> Self:
        """Add to each row what is computed, of this database alone."""
        insist_on_one_home(self.model, [*args, *kwargs.values()])
        return super().annotate(*args, **kwargs)


def insist_on_one_home(model: type[models.Model], values: Iterable[Any]) -> None:
    """Refuse what is asked of another database than a model's."""
    home = router.db_for_read(model)
    for other in (queried for value in values for queried in models_in(value)):
        if (elsewhere := router.db_for_read(other)) != home:
            raise TwoHomes(
                f"{model.__name__} is in the database {home!r} and {other.__name__} in {elsewhere!r}, and no query"
                f" reads both. Ask {other.__name__} first, and then for what it said: …__in=list(queryset)."
            )


def models_in(value: Any) -> Iterator[type[models.Model]]:
    """Yield the models that an argument of filter() or annotate() would have the database read."""
    if isinstance(value, models.QuerySet):
        yield value.model
    elif isinstance(value, Query):
        yield value.model  # type: ignore[misc]
    elif isinstance(value, Q):
        for child in value.children:
            yield from models_in(child[1] if isinstance(child, tuple) else child)
    elif isinstance(value, BaseExpression):
        if isinstance(query := getattr(value, "query", None), Query):
            yield query.model  # type: ignore[misc]
        for source in value.get_source_expressions():
            yield from models_in(source)
