"""How callers identify themselves, for the OpenAPI document. Making a class registers it."""

from typing import Any

from django.conf import settings
from drf_spectacular.extensions import OpenApiAuthenticationExtension

IN_HEADER = {"type": "apiKey", "in": "header"}
BEARER = "A session token of Better Auth, raw or signed (`token.signature`), or an API key."
COOKIE = (
    "Better Auth's signed cookie (over https its name starts with `__Secure-`)."
    " All but GET needs an `Origin` listed in TRUSTED_ORIGINS."
)
SERVICE = "For calls that only the Next.js site may make: INTERNAL_WEBHOOK_SECRET."


class Defined:
    """A scheme whose definition is data."""

    definition: dict[str, str]

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return self.definition


class BearerScheme(Defined, OpenApiAuthenticationExtension):
    """Session tokens and API keys in the Authorization header."""

    target_class, name = "credits.authentication.SessionTokenAuthentication", "bearer"
    definition = {"type": "http", "scheme": "bearer", "description": BEARER}


class ApiKeyScheme(Defined, OpenApiAuthenticationExtension):
    """API keys in a header of their own."""

    target_class, name = "credits.authentication.ApiKeyAuthentication", "apiKey"
    definition = {**IN_HEADER, "name": "X-API-Key", "description": "An API key, `fltr_sk_…`."}


class CookieScheme(Defined, OpenApiAuthenticationExtension):
    """Better Auth's cookie."""

    target_class, name = "credits.authentication.SessionCookieAuthentication", "cookie"
    cookie = f"{settings.BETTER_AUTH_COOKIE_PREFIX}.session_token"
    definition = {"type": "apiKey", "in": "cookie", "name": cookie, "description": COOKIE}


class ServiceScheme(Defined, OpenApiAuthenticationExtension):
    """The site's shared secret."""

    target_class, name = "authbridge.authentication.ServiceSecretAuthentication", "service"
    definition = {**IN_HEADER, "name": "X-Webhook-Secret", "description": SERVICE}
