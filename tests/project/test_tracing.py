"""With a collector, requests are traced to it; without the packages that needs, one sentence says so."""

import os
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.support import warm

CALL = """
from django.test import Client
from fltr_project import wsgi
from opentelemetry import trace
Client().get("/health/live?secret=pasted-query", HTTP_USER_AGENT="pasted-agent")
Client().get("/api/v1/nothing/fltr_sk_pasted", HTTP_HOST="localhost")
trace.get_tracer_provider().force_flush()
"""


class Collector(BaseHTTPRequestHandler):
    """Keeps what is sent to it."""

    received: list[tuple[str, bytes]] = []

    def do_POST(self) -> None:
        self.received.append((self.path, self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def collector() -> Iterator[str]:
    Collector.received = []
    server = HTTPServer(("127.0.0.1", 0), Collector)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def environment(tmp_path: Any, **more: str) -> dict[str, str]:
    embedded = {"DATABASE_URL": "", "AUTH_DATABASE_URL": "", "ALLOWED_HOSTS": "testserver,localhost"}
    return {**os.environ, **embedded, "DATA_DIR": str(tmp_path), **more}


def test_requests_are_traced_by_their_route_and_nothing_that_was_pasted(collector: str, tmp_path: Any) -> None:
    done = warm.run(["-c", CALL], environment(tmp_path, OTEL_EXPORTER_OTLP_ENDPOINT=collector))
    assert done.returncode == 0, done.stderr

    assert {path for path, _ in Collector.received} == {"/v1/traces"}
    traces = [ExportTraceServiceRequest.FromString(body) for _, body in Collector.received]
    scopes = [scope for each in traces for resource in each.resource_spans for scope in resource.scope_spans]
    spans = [span for scope in scopes for span in scope.spans]
    assert "GET health/live" in {span.name for span in spans}
    assert b"pasted" not in b"".join(body for _, body in Collector.received)


def test_without_its_packages_one_sentence_says_what_to_install(tmp_path: Any) -> None:
    hidden = "import sys; sys.modules['opentelemetry'] = None\nimport fltr_project.wsgi"

    ended = warm.run(["-c", hidden], environment(tmp_path, OTEL_EXPORTER_OTLP_ENDPOINT="http://collector:4318"))

    assert ended.returncode == 1
    assert ended.stderr.startswith("Settings: OTEL_EXPORTER_OTLP_ENDPOINT is set, but OpenTelemetry is not installed")


def test_nothing_of_it_is_loaded_where_it_is_not_wanted(tmp_path: Any) -> None:
    asked = "import sys, fltr_project.wsgi; sys.exit('opentelemetry.sdk' in sys.modules)"

    assert warm.run(["-c", asked], environment(tmp_path)).returncode == 0
