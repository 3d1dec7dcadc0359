"""What the API offers: its root, its OpenAPI document, and the page that shows that."""

from django.urls import reverse
from drf_spectacular.renderers import OpenApiJsonRenderer, OpenApiJsonRenderer2, OpenApiYamlRenderer
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView


class ApiRootView(APIView):
    """What the API offers, with a link to each part."""

    name = "API"
    permission_classes = [AllowAny]

    @extend_schema(exclude=True)
    def get(self, request: Request) -> Response:
        names = {
            "session": "auth-session",
            "balance": "credits-balance",
            "transactions": "credits-transactions",
            "usage_summary": "credits-usage-summary",
            "pricing": "credits-pricing",
            "api_keys": "api-key-list",
            "teams": "team-list",
            "datasets": "dataset-list",
            "query": "mcp-query",
            "manifest": "mcp-manifest",
            "openapi": "schema",
            "docs": "docs",
        }
        return Response({name: request.build_absolute_uri(reverse(view)) for name, view in names.items()})


class SchemaView(SpectacularAPIView):
    """The OpenAPI 3.1 document of this API, as JSON or, where asked for, as YAML."""

    renderer_classes = [OpenApiJsonRenderer2, OpenApiJsonRenderer, OpenApiYamlRenderer]
    throttle_classes = []


class DocsView(SpectacularSwaggerView):
    """The page that shows the OpenAPI document."""

    url_name = "schema"
    http_method_names = ["get", "head"]
    throttle_classes = []
