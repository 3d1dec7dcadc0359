"""What every viewset of the API does, and what it must say."""

from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar, cast

from django.db.models import Model
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action as routed
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.viewsets import GenericViewSet

from authbridge.shared.actions import Action, Callers, action_of
from authbridge.shared.callers import Caller

Method = TypeVar("Method", bound=Callable[..., Any])
ABOUT_ONE_THING = {"retrieve", "update", "partial_update", "destroy"}
OF_DRF = {"list", "create"} | ABOUT_ONE_THING
ROUTE = {"detail", "methods", "url_path", "renderer_classes", "plural"}


def action(
    *, query: Any = None, answer: Any = None, status: int = 200, operation_id: str | None = None, **options: Any
) -> Callable[[Method], Method]:
    """Declare what holds for an action, its shapes and, if it is none of DRF's own, its route as DRF has it."""
    route = {name: options.pop(name) for name in ROUTE & options.keys()}
    declared = Action(**options)
    described = extend_schema(
        operation_id=operation_id,
        parameters=[query] if query else None,
        request=declared.body,
        responses=answer if isinstance(answer, dict) else {status: answer},
    )

    def declare(method: Any) -> Any:
        method.declared = declared
        return described(routed(**route)(method) if route else method)

    return declare


public_action = partial(action, by=Callers.ANYBODY)
# Keys may not manage keys, nor what they pay from.
session_action = partial(action, by=Callers.SESSION, scope=None)


class ApiViewSet(GenericViewSet):
    """Declares each of its actions; where its paths name a thing it has `look_up`, where it lists things, `plural`."""

    model: type[Model] | None = None  # Whose name its pages bear.
    plural = "results"
    lookup_value_regex = "[^/]+"

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        for name in dir(cls):
            method = getattr(cls, name)
            if name not in OF_DRF and not hasattr(method, "mapping"):
                continue
            if not hasattr(method, "declared"):
                raise TypeError(f"Nothing is declared about {cls.__name__}.{name}: put authbridge's @action above it.")
            is_about_one = name in ABOUT_ONE_THING or getattr(method, "detail", False)
            if is_about_one and cls.look_up is ApiViewSet.look_up:
                raise TypeError(f"{cls.__name__}.{name} is about one thing: say in {cls.__name__}.look_up which.")

    def look_up(self) -> Any:
        """Return what the path names, or raise what it deserves if it names nothing that this caller may see."""
        raise NotImplementedError(f"The paths of {type(self).__name__} name things: it needs a look_up.")

    @property
    def declared(self) -> Action:
        """What holds for the call at hand."""
        return action_of(self)

    @property
    def caller(self) -> Caller:
        """Who is calling, where the action is not for anybody."""
        return cast(Caller, self.request.user)

    def get_serializer_class(self) -> type[Serializer]:
        """Return the body that a method takes, for OPTIONS to describe."""
        body = getattr(self, str(self.request.method).lower()).declared.body
        return (body["application/json"] if isinstance(body, dict) else body) or Serializer

    def page(self, rows: Any, shape: type[Serializer]) -> Response:
        """Answer with the page of a list that is asked for."""
        return self.get_paginated_response(shape(self.paginate_queryset(rows), many=True).data)

    def read(self, serializer: type[Serializer], *, partial: bool = False) -> dict[str, Any]:
        """Return the fields of the body."""
        return validated(serializer, self.request.data, partial=partial)

    def read_query(self, serializer: type[Serializer]) -> dict[str, Any]:
        """Return the fields of the query string."""
        return validated(serializer, self.request.query_params)


def validated(serializer: type[Serializer], data: Any, *, partial: bool = False) -> dict[str, Any]:
    """Return the fields of some input, or raise what is wrong with them."""
    checked = serializer(data=data, partial=partial)
    checked.is_valid(raise_exception=True)
    return checked.validated_data
