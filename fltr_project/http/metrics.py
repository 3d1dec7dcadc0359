"""`GET /metrics`: what was counted, and how things are at this moment, as Prometheus reads it."""

import hmac
import os
from collections.abc import Iterator
from time import monotonic
from typing import Any

from django.conf import settings
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector

from authbridge.shared.metrics import FOLDER_VARIABLE, HTTP_REQUESTS, HTTP_SECONDS
from datasets.selectors import unfinished_jobs, waiting_jobs
from fltr_project.http import Middleware, health
from fltr_project.http.errors import loggable_path
from fltr_project.http.limits import is_loopback

# What a proxy adds: whoever comes through one is not here.
FORWARDED = tuple(f"HTTP_{name}" for name in ("FORWARDED", "X_FORWARDED_FOR", "X_FORWARDED_PROTO", "X_REAL_IP", "VIA"))
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}


class MetricsMiddleware(Middleware):
    """Counts requests by route, method and status."""

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        began = monotonic()
        response = self.get_response(request)
        route = route_of(request)
        method = request.method if request.method in METHODS else "other"
        HTTP_REQUESTS.labels(route, method, response.status_code).inc()
        HTTP_SECONDS.labels(route).observe(monotonic() - began)
        return response


def route_of(request: HttpRequest) -> str:
    """Return a request's path with names in the place of what varies, so that there are few."""
    match = request.resolver_match
    if match is None or not match.route:
        return "none"
    path = loggable_path(request, with_ids=False)
    return "/admin/" if path.startswith("/admin/") else path


@csrf_exempt
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Tell everything to whoever may know it; for others there is nothing here."""
    if not may_read(request):
        raise Http404
    registry = CollectorRegistry()
    if os.environ.get(FOLDER_VARIABLE):
        MultiProcessCollector(registry)
    else:
        registry.register(Counted())
    registry.register(Moment())
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def may_read(request: HttpRequest) -> bool:
    """Tell whether a caller bears METRICS_TOKEN or, where there is none, is on this machine."""
    if settings.METRICS_TOKEN:
        given = request.META.get("HTTP_AUTHORIZATION", "").removeprefix("Bearer ").strip()
        return hmac.compare_digest(given.encode(), settings.METRICS_TOKEN.encode())
    return is_loopback(request.META.get("REMOTE_ADDR", "")) and not any(name in request.META for name in FORWARDED)


class Counted:
    """What this process alone has counted, where it belongs to no instance."""

    def collect(self) -> Iterator[Any]:
        """Yield our own, without what the library tells of Python."""
        return (metric for metric in REGISTRY.collect() if metric.name.startswith("fltr_"))


class Moment:
    """How things are at this moment, as far as they can be asked."""

    def collect(self) -> Iterator[Any]:
        """Yield outages, and of jobs how many there are and how long the first waits."""
        states = health.ask_all()
        outage = GaugeMetricFamily(
            "fltr_outage", "1 while a service does not answer or takes no changes.", labels=["service"]
        )
        for name, state in states.items():
            outage.add_metric([name], float(state != health.CONNECTED))
        yield outage
        if states["database"] != health.DISCONNECTED:
            yield from jobs_now()


def jobs_now() -> Iterator[Any]:
    """Yield what is to be said of jobs that have not ended."""
    counted = dict(unfinished_jobs().order_by().values_list("status").annotate(count=Count("id")))
    jobs = GaugeMetricFamily("fltr_jobs", "Jobs that have not ended.", labels=["state"])
    for state in ("queued", "running"):
        jobs.add_metric([state], counted.get(state, 0))
    yield jobs
    oldest = waiting_jobs().order_by("run_after").values_list("run_after", flat=True).first()
    waits_s = (timezone.now() - oldest).total_seconds() if oldest else 0.0
    yield GaugeMetricFamily("fltr_oldest_job_seconds", "Seconds for which the first due job waits.", value=waits_s)
