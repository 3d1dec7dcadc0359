"""The one list shape."""

from collections.abc import Mapping
from typing import Any

from rest_framework.exceptions import ValidationError
from rest_framework.pagination import LimitOffsetPagination
from rest_framework.request import Request
from rest_framework.response import Response

LARGEST_OFFSET = 2**31 - 1


class ContractPagination(LimitOffsetPagination):
    """`limit` and `offset`, out of range refused; the items stand under the view's `plural`."""

    default_limit = 20
    max_limit = 100
    plural = "results"
    limit: int
    offset: int
    count: int

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        self.request, self.plural = request, getattr(view, "plural", "results")
        self.limit = bounded(request.query_params, "limit", self.default_limit, 1, self.max_limit)
        self.offset = bounded(request.query_params, "offset", 0, 0, LARGEST_OFFSET)
        self.count = self.get_count(queryset)
        return list(queryset[self.offset : self.offset + self.limit]) if self.offset < self.count else []

    def get_paginated_response(self, data: Any) -> Response:
        return Response(
            {
                self.plural: data,
                "total": self.count,
                "limit": self.limit,
                "offset": self.offset,
                "has_more": self.offset + len(data) < self.count,
            }
        )

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        limit = {"type": "integer", "minimum": 1, "maximum": self.max_limit, "default": self.default_limit}
        offset = {"type": "integer", "minimum": 0, "maximum": LARGEST_OFFSET, "default": 0}
        return [
            {"name": "limit", "in": "query", "schema": limit, "description": "How many items to return at most."},
            {"name": "offset", "in": "query", "schema": offset, "description": "How many items to skip."},
        ]

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """Describe the list for OpenAPI; the schema class has set `plural`."""
        integer = {"type": "integer"}
        properties = {self.plural: schema, "total": integer, "limit": integer, "offset": integer}
        return {
            "type": "object",
            "required": [*properties, "has_more"],
            "properties": {**properties, "has_more": {"type": "boolean"}},
        }

    def to_html(self) -> str:
        """The browsable API shows the body itself; a pager would need links that the contract does not have."""
        return ""

    def get_html_context(self) -> Any:
        return {"previous_url": None, "next_url": None, "page_links": []}


def bounded(params: Mapping[str, str], name: str, default: int, low: int, high: int) -> int:
    """Read an integer parameter; out of range is refused, never clamped."""
    text = params.get(name)
    if text is None:
        return default
    # isdecimal() alone would take other scripts' digits, which int() reads too; a client never means those.
    if text.isascii() and text.isdecimal() and len(text) <= 10 and low <= int(text) <= high:
        return int(text)
    raise ValidationError({name: [f"Must be an integer from {low} to {high}."]})
