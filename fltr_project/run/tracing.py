"""Traces for OpenTelemetry, where OTEL_EXPORTER_OTLP_ENDPOINT says where to send them; see requirements-otel.txt."""

from typing import Any

from django.conf import settings

from fltr_project.configuration.kinds import BadSetting

MISSING = "OTEL_EXPORTER_OTLP_ENDPOINT is set, but OpenTelemetry is not installed:"
MISSING += " .venv/bin/pip install -r requirements-otel.txt"
# What may bear what somebody pasted: the route says which call it was.
LEFT_OUT = ("http.url", "http.target", "url.full", "url.path", "url.query", "http.user_agent", "user_agent.original")


def start_tracing(service: str) -> None:
    """Have this process send traces of requests and of PostgreSQL's statements, without anybody's values."""
    if not settings.OTEL_EXPORTER_OTLP_ENDPOINT:
        return
    try:
        from opentelemetry import trace
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.instrumentation.django import DjangoInstrumentor
        from opentelemetry.instrumentation.psycopg import PsycopgInstrumentor
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError:
        raise BadSetting(MISSING) from None
    provider = TracerProvider(resource=Resource.create({"service.name": service}))
    exporter = OTLPSpanExporter(f"{settings.OTEL_EXPORTER_OTLP_ENDPOINT.rstrip('/')}/v1/traces")
    provider.add_span_processor(BatchSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    DjangoInstrumentor().instrument(response_hook=forget_addresses)
    PsycopgInstrumentor().instrument()


def forget_addresses(span: Any, request: Any, response: Any) -> None:
    """Overwrite what a span says of a request besides its route."""
    for name in LEFT_OUT:
        if name in (span.attributes or {}):
            span.set_attribute(name, "…")
