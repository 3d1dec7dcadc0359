"""docker-compose.yml and the Dockerfile, as far as that can be told without an engine to run them."""

import json
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support import warm
from tests.support.house_rules import ROOMS

PROJECT = Path(__file__).parents[2]
OURS = ("migrate", "web", "worker")
VARIABLE = re.compile(r"\$\{([A-Z_]+):([-?])([^}]*)\}")
PINNED = re.compile(r"[a-z/]+:v?\d+\.\d+(\.\d+)?(-[a-z][a-z0-9.-]*)?")
SECRETS = {"SECRET_KEY": "key-" + "0123456789" * 5, "POSTGRES_PASSWORD": "letters1and2digits"}
PRINT_DATABASES = """
import json
from django.conf import settings

homes = {alias: database["NAME"] for alias, database in settings.DATABASES.items()}
print(json.dumps([homes, settings.AUTH_DB, settings.STORAGE_URL]))
"""


@pytest.fixture(scope="module")
def text() -> str:
    return (PROJECT / "docker-compose.yml").read_text()


@pytest.fixture(scope="module")
def services(text) -> dict[str, Any]:
    return yaml.safe_load(text)["services"]


@pytest.fixture(scope="module")
def dockerfile() -> str:
    return (PROJECT / "Dockerfile").read_text()


def environment_of(service: dict[str, Any]) -> dict[str, str]:
    """Return a service's environment as Compose gives it to the container, with only the secrets set."""
    return {name: interpolate(str(value)) for name, value in service["environment"].items()}


def interpolate(value: str) -> str:
    return VARIABLE.sub(lambda match: SECRETS.get(match[1], match[3]), value)


def instruction(dockerfile: str, name: str) -> str:
    """Return the arguments of the last instruction of this name, which is the one that counts."""
    return re.findall(rf"^{name} (.*)$", dockerfile, re.MULTILINE)[-1]


def check_health(dockerfile: str, script: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a health check as the image does, but here."""
    path = re.search(r"PYTHONPATH=(\S+)", dockerfile)
    assert path is not None
    environment |= {"PATH": os.environ["PATH"], "ENV_FILE": "", "PYTHONPATH": path[1].replace("/app", str(PROJECT))}
    command = [sys.executable, f"docker/{script}"]
    return subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True, timeout=60)


@contextmanager
def web_server(status: int) -> Iterator[str]:
    """Answer every request with this status; give the port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status if self.path == "/health/live" else 404)
            self.end_headers()

        def log_message(self, *args: Any) -> None:
            """Leave the tests' output alone."""

    with HTTPServer(("127.0.0.1", 0), Handler) as listening:
        threading.Thread(target=listening.serve_forever, daemon=True).start()
        yield str(listening.server_port)
        listening.shutdown()


def has_compose() -> bool:
    return (
        bool(shutil.which("docker"))
        and subprocess.run(["docker", "compose", "version"], capture_output=True).returncode == 0
    )


def test_the_servers_can_be_published_to_this_machine_alone(services):
    published = yaml.safe_load((PROJECT / "docker-compose.ports.yml").read_text())["services"]
    urls = " ".join(environment_of(services["web"]).values())

    assert published.keys() == {"postgres", "milvus", "redis"}
    for name, service in published.items():
        assert list(service) == ["ports"]
        [(host, outside, inside)] = [port.split(":") for port in service["ports"]]
        assert (host, outside) == ("127.0.0.1", inside)
        assert f"{name}:{inside}" in urls


def test_no_server_is_published_otherwise(services):
    assert [name for name, service in services.items() if "ports" in service] == ["web"]


def test_postgresql_makes_both_databases(services):
    postgres = services["postgres"]
    script = (PROJECT / "docker" / "postgres" / "create_databases.sql").read_text()

    assert "./docker/postgres:/docker-entrypoint-initdb.d:ro" in postgres["volumes"]
    assert {postgres["environment"]["POSTGRES_DB"], *re.findall(r"^CREATE DATABASE (\w+);$", script, re.MULTILINE)} == {
        "fltr",
        "fltr_auth",
    }


@pytest.mark.parametrize("name", OURS)
def test_the_settings_accept_what_each_of_our_services_gets(services, name):
    environment = {
        **environment_of(services[name]),
        "PATH": os.environ["PATH"],
        "ENV_FILE": "",
        "DJANGO_SETTINGS_MODULE": "fltr_project.settings",
    }

    loaded = warm.run(["-c", PRINT_DATABASES], environment)

    assert json.loads(loaded.stdout) == [{"default": "fltr", "auth": "fltr_auth"}, "auth", "/data/uploads"], (
        loaded.stderr
    )


@pytest.mark.parametrize("name", OURS)
def test_our_services_are_given_known_settings_only(services, name):
    known = set(re.findall(r"^#([A-Z_]+)=", (PROJECT / ".env.example").read_text(), re.MULTILINE))

    assert set(services[name]["environment"]) - known == set()


def test_secrets_have_no_default(text):
    assert set(re.findall(r"\$\{(\w+)\}", text)) == set()
    assert {name for name, how, _ in VARIABLE.findall(text) if how == "?"} == set(SECRETS)
    assert {name for name, how, _ in VARIABLE.findall(text) if how == "-"} & set(SECRETS) == set()


def test_every_image_is_pinned(services, dockerfile):
    images = [service["image"] for service in services.values() if "build" not in service]

    assert [image for image in (*images, instruction(dockerfile, "FROM")) if not PINNED.fullmatch(image)] == []


def test_every_service_can_tell_that_it_is_well_or_done(services, dockerfile):
    checked = {name for name, service in services.items() if "test" in service.get("healthcheck", {})}

    assert services["migrate"]["restart"] == "no"
    assert "docker/check_web.py" in instruction(dockerfile, "HEALTHCHECK")
    assert checked | {"migrate", "web"} == set(services)


def test_one_command_starts_them_in_the_right_order(services):
    ready = {
        "migrate": {"condition": "service_completed_successfully"},
        "milvus": {"condition": "service_healthy"},
        "redis": {"condition": "service_healthy"},
    }

    assert services["migrate"]["depends_on"] == {"postgres": {"condition": "service_healthy"}}
    assert services["web"]["depends_on"] == services["worker"]["depends_on"] == ready


def test_only_the_web_server_is_published_and_only_to_this_machine(services):
    published = {name: service["ports"] for name, service in services.items() if "ports" in service}

    assert {name: [interpolate(port) for port in ports] for name, ports in published.items()} == {
        "web": ["127.0.0.1:8000:8000"]
    }


def test_the_worker_finds_what_was_uploaded_to_the_web_server(services):
    web, worker = services["web"], services["worker"]

    assert web["volumes"] == worker["volumes"] == ["data:/data"]
    assert environment_of(web)["STORAGE_URL"] == environment_of(worker)["STORAGE_URL"] == "/data/uploads"


@pytest.mark.parametrize(("service", "command"), [("migrate", "init_databases"), ("worker", "runworker")])
def test_our_services_run_commands_that_exist(services, service, command):
    assert services[service]["command"] == ["python", "manage.py", command]
    assert list(PROJECT.glob(f"*/management/commands/{command}.py"))


def test_the_image_serves_as_make_run_does(dockerfile):
    command = json.loads(instruction(dockerfile, "CMD"))

    assert command == ["python", "manage.py", "runweb", "--host", "0.0.0.0"]
    assert "WebServer(" in (PROJECT / "fltr_project/management/commands/runweb.py").read_text()


def test_the_image_does_not_run_as_root(dockerfile):
    assert instruction(dockerfile, "USER") == "fltr"
    assert dockerfile.index("USER fltr") < dockerfile.index("\nCMD")


def test_the_image_holds_every_room_and_nothing_that_is_not_named():
    lines = (PROJECT / ".dockerignore").read_text().splitlines()
    let_in = {line[1:] for line in lines if line.startswith("!")}

    assert "*" in lines
    assert let_in == {*ROOMS, "manage.py", "requirements.txt", "constraints.txt", "docker/*.py"}


@pytest.mark.parametrize(("status", "exit_code"), [(200, 0), (503, 1)])
def test_the_web_servers_health_is_what_it_answers(dockerfile, status, exit_code):
    with web_server(status) as port:
        assert check_health(dockerfile, "check_web.py", PORT=port).returncode == exit_code


def test_a_worker_that_reaches_no_database_is_not_well(dockerfile, tmp_path):
    nowhere = "postgresql://fltr:secret@127.0.0.1:1/fltr"

    checked = check_health(
        dockerfile, "check_worker.py", DATABASE_URL=nowhere, DATA_DIR=str(tmp_path), SECRET_KEY=SECRETS["SECRET_KEY"]
    )

    assert checked.returncode == 1
    assert "OperationalError: connection" in checked.stderr


def test_docker_compose_accepts_the_file():
    if not has_compose():
        pytest.skip("there is no `docker compose` here to read docker-compose.yml")

    finished = subprocess.run(
        ["docker", "compose", "config", "--quiet"],
        cwd=PROJECT,
        env={**os.environ, **SECRETS},
        capture_output=True,
        text=True,
    )

    assert (finished.returncode, finished.stderr) == (0, "")
