"""OpenAPI details that serializers alone do not tell."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema


class ContractSchema(AutoSchema):
    """Names the items of a list after the view's plural."""

    def get_paginated_name(self, serializer_name: str) -> str:
        """Give every plural a component of its own, since the list's field is named after it."""
        return f"{serializer_name}List"

    def _get_paginator(self) -> Any:
        paginator = super()._get_paginator()
        if paginator is not None:
            paginator.plural = getattr(self.view, "plural", "results")
        return paginator


class BearerScheme(OpenApiAuthenticationExtension):
    """Session tokens in the Authorization header."""

    target_class = "authbridge.authentication.SessionTokenAuthentication"
    name = "bearer"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """Describe it."""
        return {"type": "http", "scheme": "bearer", "description": "A session token, or an API key fltr_sk_…"}


class ApiKeyScheme(OpenApiAuthenticationExtension):
    """API keys in a header of their own."""

    target_class = "credits.authentication.ApiKeyAuthentication"
    name = "apiKey"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """Describe it."""
        return {"type": "apiKey", "in": "header", "name": "X-API-Key"}


class CookieScheme(OpenApiAuthenticationExtension):
    """Better Auth's cookie."""

    target_class = "authbridge.authentication.SessionCookieAuthentication"
    name = "cookie"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """Describe it."""
        return {"type": "apiKey", "in": "cookie", "name": "better-auth.session_token"}


class ServiceScheme(OpenApiAuthenticationExtension):
    """The site's shared secret."""

    target_class = "authbridge.authentication.ServiceSecretAuthentication"
    name = "service"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """Describe it."""
        return {"type": "apiKey", "in": "header", "name": "X-Webhook-Secret"}
