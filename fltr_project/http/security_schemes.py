"""How callers identify themselves, for the OpenAPI document."""

from typing import Any

from django.conf import settings
from drf_spectacular.extensions import OpenApiAuthenticationExtension


class BearerScheme(OpenApiAuthenticationExtension):
    """Session tokens and API keys in the Authorization header."""

    target_class = "credits.authentication.SessionTokenAuthentication"
    name = "bearer"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "A session token of Better Auth, raw or signed (`token.signature`), or an API key.",
        }


class ApiKeyScheme(OpenApiAuthenticationExtension):
    """API keys in a header of their own."""

    target_class = "credits.authentication.ApiKeyAuthentication"
    name = "apiKey"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "apiKey", "in": "header", "name": "X-API-Key", "description": "An API key, `fltr_sk_…`."}


class CookieScheme(OpenApiAuthenticationExtension):
    """Better Auth's cookie."""

    target_class = "credits.authentication.SessionCookieAuthentication"
    name = "cookie"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "apiKey",
            "in": "cookie",
            "name": f"{settings.BETTER_AUTH_COOKIE_PREFIX}.session_token",
            "description": "Better Auth's signed cookie (over https its name starts with `__Secure-`)."
            " All but GET needs an `Origin` listed in TRUSTED_ORIGINS.",
        }


class ServiceScheme(OpenApiAuthenticationExtension):
    """The site's shared secret."""

    target_class = "authbridge.authentication.ServiceSecretAuthentication"
    name = "service"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "apiKey",
            "in": "header",
            "name": "X-Webhook-Secret",
            "description": "For calls that only the Next.js site may make: INTERNAL_WEBHOOK_SECRET.",
        }
