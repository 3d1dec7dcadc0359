"""All paths."""

from django.contrib import admin
from django.urls import include, path, re_path

from fltr_project.http import errors, health, metrics
from fltr_project.pages import api, sign_in, start, status

ROOMS = ("authbridge.urls", "credits.urls", "datasets.urls")

urlpatterns = [
    path("", start.start, name="start"),
    path("health", health.health, name="health"),
    path("health/live", health.live, name="health-live"),
    path("metrics", metrics.metrics, name="metrics"),
    path("api/", api.ApiRootView.as_view(), name="api-root"),
    path("api/sign-in", sign_in.sign_in, name="sign-in"),
    path("api/sign-out", sign_in.sign_out, name="sign-out"),
    path("api/schema", api.SchemaView.as_view(), name="schema"),
    path("api/docs", api.DocsView.as_view(), name="docs"),
    *[path("api/v1/", include(room)) for room in ROOMS],
    path("admin/status/", admin.site.admin_view(status.status), name="status"),
    path("admin/", admin.site.urls),
    re_path("", errors.not_found),
]

handler400 = errors.bad_request
handler403 = errors.permission_denied
handler404 = errors.not_found
handler500 = errors.server_error
