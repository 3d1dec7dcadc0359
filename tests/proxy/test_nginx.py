"""docs/nginx.conf in front of a whole instance, with a real nginx: `make proxy`."""

import json
import re
import shutil
import socket
import ssl
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.engine import short_folder, wait_until
from tests.support.instance import Instance, free_port, instance_in, on_embedded_databases

pytestmark = [pytest.mark.proxy, on_embedded_databases]

PAGE = Path(__file__).parents[2] / "docs" / "nginx.conf"
NGINX = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")
AROUND = (
    "daemon off; pid {folder}/pid; error_log {folder}/error.log;\nevents {{}}\nhttp {{ access_log off;\n{temporary}\n"
)
BEGINNING, END = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n', b"\r\n--b--\r\n"
TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


@pytest.fixture(scope="module")
def port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def instance() -> Iterator[Instance]:
    settings = {
        "TRUSTED_PROXIES": "127.0.0.1",
        "SECURE_SSL_REDIRECT": "1",
        "ALLOWED_HOSTS": "fltr.example.com,localhost",
    }
    with short_folder() as folder, instance_in(folder, RATE_LIMITS="off", **settings) as instance:
        instance.launch()
        wait_until(lambda: "FLTR answers at" in instance.output, 60)
        yield instance


@pytest.fixture(scope="module", autouse=True)
def _nginx(instance: Instance, port: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Run the sample as it stands, but for ports and paths."""
    assert NGINX, "Install nginx: apt-get install nginx-light"
    folder = tmp_path_factory.mktemp("nginx")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=fltr.example.com",
         "-keyout", folder / "key", "-out", folder / "pem"],
        check=True, capture_output=True,
    )  # fmt: skip
    sample = PAGE.read_text().replace("127.0.0.1:8000", f"127.0.0.1:{instance.port}")
    sample = sample.replace("listen 443 ssl", f"listen 127.0.0.1:{port} ssl")
    sample = sample.replace("/etc/ssl/fltr.pem", f"{folder}/pem").replace("/etc/ssl/fltr.key", f"{folder}/key")
    temporary = "\n".join(f"{name}_temp_path {folder}/{name};" for name in TEMPORARY)
    (folder / "nginx.conf").write_text(AROUND.format(folder=folder, temporary=temporary) + sample + "}\n")
    server = subprocess.Popen([NGINX, "-c", folder / "nginx.conf", "-p", folder], stderr=subprocess.DEVNULL)
    try:
        wait_until(lambda: is_open(port))
        yield
    finally:
        server.terminate()
        server.wait()


def is_open(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def call(port: int, path: str, body: bytes | None = None, **headers: str) -> tuple[int, Any, bytes]:
    """Call by the proxy; return status, headers and body."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(f"https://127.0.0.1:{port}{path}", body, {"Host": "fltr.example.com", **names})
    try:
        with urllib.request.urlopen(request, timeout=20, context=context) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()


@pytest.fixture
def bearer(instance: Instance) -> dict[str, str]:
    return {"Authorization": f"Bearer {instance.token()}"}


def test_https_is_believed_and_pages_say_so(port: int) -> None:
    status, headers, _ = call(port, "/api/v1/credits/pricing")

    assert status == 200
    assert "Strict-Transport-Security" in headers or headers["X-Content-Type-Options"] == "nosniff"


def test_a_large_body_comes_through_whole(port: int, bearer: dict[str, str]) -> None:
    status, _, created = call(
        port, "/api/v1/datasets", b'{"name": "Proxied"}', Content_Type="application/json", **bearer
    )
    assert status == 201, created
    file = b"".join(b"Line %d of it.\n" % number for number in range(200_000))
    body = BEGINNING + file + END

    status, _, answer = call(
        port, "/api/v1/datasets/proxied/documents", body, Content_Type="multipart/form-data; boundary=b", **bearer
    )

    assert (status, json.loads(answer)["size_bytes"]) == (201, len(file))


def test_a_body_that_is_too_large_is_refused_in_our_words(port: int, bearer: dict[str, str]) -> None:
    body = (
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n'
        + b"x" * 53_000_000
        + b"\r\n--b--\r\n"
    )

    status, _, answer = call(
        port, "/api/v1/datasets/proxied/documents", body, Content_Type="multipart/form-data; boundary=b", **bearer
    )

    assert (status, json.loads(answer)["code"]) == (413, "file_too_large")


def test_what_a_client_claims_of_its_address_is_not_believed(port: int) -> None:
    for _ in range(22):
        status, *_ = call(port, "/api/v1/credits/balance", Authorization="Bearer x", X_Forwarded_For="198.51.100.7")

    # That address would have had too many attempts; this machine is trusted, and not counted at all.
    assert status == 401


def test_events_come_as_they_happen(port: int, bearer: dict[str, str]) -> None:
    jobs = json.loads(call(port, "/api/v1/datasets/proxied/jobs", **bearer)[2])["jobs"]

    status, headers, events = call(port, f"/api/v1/jobs/{jobs[0]['id']}/events", Accept="text/event-stream", **bearer)

    assert (status, headers["Content-Type"]) == (200, "text/event-stream")
    assert re.findall(rb'"status":"(\w+)"', events)[-1] == b"succeeded"


def test_metrics_are_nobodys_from_there(port: int) -> None:
    assert call(port, "/metrics")[0] == 404
