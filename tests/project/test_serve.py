"""`make run` on an empty folder: everything comes up, says how to use it, and goes when told to."""

import subprocess
import urllib.request

import pytest

from tests.support.engine import short_folder, wait_until
from tests.support.instance import ENGINE, WORKER, instance_in, on_embedded_databases

pytestmark = on_embedded_databases


@pytest.fixture(scope="module")
def instance():
    """One instance for all tests here, which leave it healthy."""
    with short_folder() as folder, instance_in(folder) as instance:
        instance.start()
        yield instance


def test_every_part_of_a_first_run_is_healthy(instance):
    services = instance.get("/health")["services"]

    assert services == {"database": "connected", "milvus": "connected", "auth_database": "connected"}


def test_the_printed_token_is_that_of_a_user_with_100_credits(instance):
    session = instance.get("/api/v1/auth/session", instance.token())

    assert session["user"]["email"] == "developer@example.com"
    assert instance.get("/api/v1/credits/transactions", instance.token())["transactions"][-1]["amount"] == 100


def test_the_printed_lines_work_when_pasted(instance):
    lines = [line for line in instance.output.splitlines() if line.startswith("curl ")]

    pasted = subprocess.run(["bash", "-e"], input="\n".join(lines), capture_output=True, text=True, check=True)

    assert len(lines) == 3
    assert '"results": [{' in pasted.stdout or '"results":[{' in pasted.stdout, pasted.stdout


def test_secrets_are_generated_where_only_their_owner_can_read_them(instance):
    generated = instance.data_dir / "settings.env"

    assert generated.stat().st_mode & 0o777 == 0o600
    assert {"SECRET_KEY", "BETTER_AUTH_SECRET", "INTERNAL_WEBHOOK_SECRET"} <= names_in(generated)


def test_no_secret_of_the_service_is_written_to_the_log(instance):
    secrets = [line.split("=", 1)[1] for line in (instance.data_dir / "settings.env").read_text().splitlines()[1:4]]

    assert not [secret for secret in secrets if secret in instance.output]


def test_a_request_leaves_no_line_in_the_log(instance):
    before = instance.output

    instance.get("/health/live")

    assert instance.output == before


def test_a_page_of_a_trusted_origin_may_call_from_its_browser(instance):
    origin = f"http://localhost:{instance.port}"
    asked = {"Origin": origin, "Access-Control-Request-Method": "POST"}
    request = urllib.request.Request(f"{origin}/api/v1/datasets", method="OPTIONS", headers=asked)

    with urllib.request.urlopen(request, timeout=10) as answer:
        assert answer.headers["Access-Control-Allow-Origin"] == origin
        assert "x-api-key" in answer.headers["Access-Control-Allow-Headers"]


def test_another_copy_in_the_same_folder_is_refused(instance):
    with instance_in(instance.data_dir.parent) as copy:
        copy.launch()

        assert copy.process.wait(60) == 1
        assert f"Another copy (process {instance.process.pid}) runs in {instance.data_dir}" in copy.output
    assert instance.is_healthy()


@pytest.mark.parametrize("part", [ENGINE, WORKER])
def test_a_killed_part_is_started_again(instance, part):
    victim = instance.kill(part)

    wait_until(lambda: instance.pids_of(part) not in ([], [victim]))
    wait_until(instance.is_healthy)


def names_in(path):
    return {line.split("=", 1)[0] for line in path.read_text().splitlines()}
