"""The OpenAPI document: what the serializers alone do not tell."""

from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.permissions import SAFE_METHODS

from authbridge.shared.actions import Action, Callers, action_of
from fltr_project.http import security_schemes  # noqa: F401  (its import registers them)

# The first part that a path contains names its group.
TAGS = {
    "/auth/": "Account",
    "/teams": "Teams",
    "/credits/": "Credits",
    "/api-keys": "API keys",
    "/query": "Search",
    "/mcp/": "Search",
    "/embeddings/": "Search",
    "/jobs": "Jobs",
    "/documents": "Documents",
    "/datasets": "Datasets",
}
OPERATION_IDS = {
    "list": "list_{thing}s",
    "create": "create_{thing}",
    "retrieve": "get_{thing}",
    "update": "replace_{thing}",
    "partial_update": "update_{thing}",
    "destroy": "delete_{thing}",
}
ERRORS = {
    400: "`invalid_request`: the input is not valid; `details` names the fields.",
    401: "`authentication_required`, `invalid_token`, `session_expired` or `invalid_api_key`.",
    402: "`insufficient_credits`, `daily_limit_reached` or `monthly_limit_reached`: `details` has `required`,"
    " `available` and `source` (user, api_key or team), of limits also `resets_at`.",
    403: "`permission_denied`: the caller is known, and may not do this; or `insufficient_scope`: the API key lacks"
    " `details.required_scope`.",
    404: "`not_found` or `<thing>_not_found`: it does not exist, or is somebody else's private thing.",
    409: "`conflict` or `idempotency_conflict`: the state of things does not allow this.",
    413: "`file_too_large`: a file is over the limit, `details.limit_mb`.",
    415: "`unsupported_media_type`: the body or the file is of a kind that cannot be read.",
    422: "`unprocessable_document`: a file is empty, encrypted or damaged. Nothing was charged.",
    429: "`rate_limit_exceeded`: too many calls this hour; `Retry-After` says when to go on.",
    503: "`service_unavailable`: a part that this call needs does not answer; or `index_incomplete`: of"
    " the dataset `details.missing_chunks` are being made again, which takes `details.seconds_left` if that is known."
    " What was not done is not paid for.",
}
ANY_OTHER_ERROR = "Any other error, in the same shape."
PATH_PARAMETERS = {
    "dataset": "Id or slug of the dataset.",
    "datasets": "Id or slug of the dataset.",
    "documents": "Id of the document.",
    "jobs": "Id of the job.",
    "api-keys": "Id of the API key; never the key itself.",
    "teams": "Id of the team.",
    "members": "Id of the user.",
}
IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "minLength": 1, "maxLength": 255},
    OpenApiParameter.HEADER,
    description="Any text of your own. The same key with the same request answers the same again and charges once.",
)
RECEIPT = [
    OpenApiParameter(name, schema, OpenApiParameter.HEADER, description=description, response=[200, 201])
    for name, schema, description in (
        ("X-Credits-Charged", {"type": "integer", "minimum": 0}, "Credits that this call cost."),
        ("X-Credits-Remaining", {"type": "integer", "minimum": 0}, "Credits left on the account that paid."),
        ("X-Credit-Transaction", {"type": "string"}, "Ids of the ledger rows, separated by commas."),
    )
]


class ErrorResponseSerializer(serializers.Serializer):
    """The one shape of all errors. Branch on `code`; `error` is a sentence for people."""

    error = serializers.CharField()
    code = serializers.CharField(help_text="snake_case, e.g. insufficient_credits.")
    details = serializers.DictField(help_text="What there is to know more, depending on the code.")


class ContractSchema(AutoSchema):
    """Describes an operation as the contract has it, from its view's names, docstrings and declarations."""

    def get_operation_id(self) -> str:
        """Name it after what it does: list_datasets, get_balance, cancel_job."""
        action = getattr(self.view, "action", self.method.lower())
        thing = getattr(self.view, "basename", "").replace("-", "_")
        if action in OPERATION_IDS:
            return OPERATION_IDS[action].format(thing=thing)
        if self.method == "GET":
            return f"list_{action}" if self._is_list_view() else f"get_{action}"
        return f"{action}_{thing}"

    def get_summary(self) -> str:
        """Return the first sentence of the docstring."""
        return super().get_description().partition("\n")[0].partition(". ")[0].rstrip(".").replace("`", "")

    def get_description(self) -> str:  # type: ignore[override]  # As drf-spectacular has it.
        """Return the docstring where it says more than the summary, and the scope that an API key needs."""
        text, scope = super().get_description(), self.declared.scope
        more = [text] if text.rstrip(".") != self.get_summary() else []
        return "\n\n".join(more + ([f"An API key needs the scope `{scope}`."] if scope else []))

    def get_tags(self) -> list[str]:
        """Return the group that the path belongs to."""
        return [next(tag for part, tag in TAGS.items() if part in self.path)]

    def get_auth(self) -> list[dict[str, Any]]:
        """Leave API keys out where only a session will do, and say which scope they need elsewhere."""
        auth, scope, by = super().get_auth(), self.declared.scope, self.declared.by
        if by is Callers.SESSION:
            return [scheme for scheme in auth if "apiKey" not in scheme]
        auth = [{"apiKey": [scope]} if scope and "apiKey" in scheme else scheme for scheme in auth]
        return [*auth, {}] if by is Callers.ANYBODY else auth

    @property
    def declared(self) -> Action:
        """What holds for this action."""
        return action_of(self.view)

    def get_override_parameters(self) -> list[Any]:
        """Add the headers that go with creating and charging."""
        keyed = [IDEMPOTENCY_KEY] if self.method == "POST" and self.declared.by is not Callers.SERVICE else []
        return [*super().get_override_parameters(), *keyed, *(RECEIPT if self.declared.charges else [])]

    def get_paginated_name(self, serializer_name: str) -> str:
        """Name a page of things."""
        return f"{serializer_name}Page"

    def statuses(self) -> set[int]:
        """Return the statuses that an error of this operation can have."""
        declared, by, unsafe = self.declared, self.declared.by, self.method not in SAFE_METHODS
        takes_body = self.method in ("POST", "PUT", "PATCH") and self.get_request_serializer() is not None
        takes_query = self._is_list_view() or any(place == "query" for _, place in self._process_override_parameters())
        rules = {
            400: takes_body or takes_query,
            401: True,
            402: bool(declared.charges),
            403: by is Callers.SESSION or (by < Callers.SESSION and (unsafe or bool(declared.scope))),
            404: "{" in self.path,
            409: self.method == "POST",
            415: takes_body,
            429: declared.counts,
        }
        return {status for status, holds in rules.items() if holds} | set(declared.failures)

    def _resolve_path_parameters(self, variables: list[str]) -> list[dict[str, Any]]:
        segments = self.path.strip("/").split("/")
        return [
            {
                "in": "path",
                "name": variable,
                "required": True,
                "schema": {"type": "string"},
                "description": PATH_PARAMETERS[segments[segments.index(f"{{{variable}}}") - 1]],
            }
            for variable in variables
        ]

    def _get_paginator(self) -> Any:
        paginator = super()._get_paginator()
        if paginator is not None:
            paginator.plural = getattr(self.view, "plural", "results")
        return paginator

    def _get_response_bodies(self, direction: Any = "response") -> dict[str, Any]:
        bodies = super()._get_response_bodies(direction)
        error = self.resolve_serializer(ErrorResponseSerializer, "response").ref
        described = {str(status): ERRORS[status] for status in sorted(self.statuses())}
        described["default"] = ANY_OTHER_ERROR
        for status, description in described.items():
            bodies[status] = {"description": description, "content": {"application/json": {"schema": error}}}
        return bodies
