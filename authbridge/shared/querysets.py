"""Queries that stay in one database: PostgreSQL would only say that a relation does not exist."""

from typing import Any, Self, TypeVar

from django.db import models, router
from django.db.models.sql import Query

Row = TypeVar("Row", bound=models.Model)


class TwoHomes(ValueError):
    """A query reads two databases, which no database can; the message says what to do instead."""


class WrongHome(ValueError):
    """A query names a database that is not its model's; the message says which is."""


class OneHomeQuery(Query):
    """A query that refuses to become a part of one about a model whose home is another database."""

    def resolve_expression(self, query: Any = None, *args: Any, **kwargs: Any) -> Any:
        """Become a part of another query, wherever it stands there: in a condition, a column, an order."""
        insist_on_one_home(query.model, self.model)
        return super().resolve_expression(query, *args, **kwargs)

    # What is not ours, like Django's own models, does not refuse by itself.

    def resolve_lookup_value(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        """Take what a column is compared with."""
        insist_on_one_home(self.model, model_asked(value, self.model))
        return super().resolve_lookup_value(value, *args, **kwargs)

    def build_filter(self, filter_expr: Any, *args: Any, **kwargs: Any) -> Any:
        """Take a condition."""
        insist_on_one_home(self.model, model_asked(filter_expr, self.model))
        return super().build_filter(filter_expr, *args, **kwargs)

    def add_annotation(self, annotation: Any, *args: Any, **kwargs: Any) -> None:
        """Take a column."""
        insist_on_one_home(self.model, model_asked(annotation, self.model))
        super().add_annotation(annotation, *args, **kwargs)


class OneHomeQuerySet(models.QuerySet[Row]):
    """A queryset that asks its model's home and nothing else."""

    def __init__(
        self, model: type[Row] | None = None, query: Query | None = None, using: str | None = None, hints: Any = None
    ) -> None:
        if query is None and model is not None:
            query = OneHomeQuery(model)
        super().__init__(model, query, using, hints)

    def using(self, alias: str | None) -> Self:
        """Name the database to ask, which can only be the model's home."""
        home = router.db_for_read(self.model)
        if alias not in (None, home):
            raise WrongHome(
                f"{self.model.__name__} is in the database {home!r}, not in {alias!r}."
                " Leave using() out: every model is asked at its home."
            )
        return super().using(alias)

    def _combinator_query(self, combinator: str, *others: Any, all: bool = False) -> Self:
        for other in others:
            insist_on_one_home(self.model, other.model)
        return super()._combinator_query(combinator, *others, all=all)  # type: ignore[misc]


def model_asked(value: Any, otherwise: Any) -> Any:
    """Return the model that a queryset, a query or a subquery is about."""
    query = value if isinstance(value, Query) else getattr(value, "query", None)
    return query.model if isinstance(query, Query) else otherwise


def insist_on_one_home(model: Any, other: Any) -> None:
    """Refuse a query about one model that also reads another, in another database."""
    home, elsewhere = router.db_for_read(model), router.db_for_read(other)
    if elsewhere != home:
        raise TwoHomes(
            f"{model.__name__} is in the database {home!r} and {other.__name__} in {elsewhere!r}, and no query"
            f" reads both. Ask {other.__name__} first, and then for what it said: …__in=list(queryset)."
        )
