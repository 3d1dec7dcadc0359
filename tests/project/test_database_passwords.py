"""Whatever a database refuses and whoever asks, its password stays out of what is written."""

import traceback
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from fltr_project.configuration.databases import from_url
from tests.support.eavesdropping import EMAIL, SETTINGS, leaks, run
from tests.support.instance import Instance, free_port, on_embedded_databases

pytestmark = on_embedded_databases

DATABASE_PASSWORD = "planted-database-password"
CALL = """
from django.test import Client

client = Client(raise_request_exception=False, headers={"Authorization": "Bearer " + "x" * 32})
for accept in ("application/json", "text/html"):
    print(client.get("/api/v1/credits/balance", headers={"Accept": accept}).content.decode())
print(client.get("/health").content.decode())
"""


@pytest.mark.parametrize(
    ("command", "pool"),
    [
        (("check", "--database", "default", "--database", "auth"), "0"),
        (("doctor",), "0"),
        (("init_databases",), "0"),
        (("migrate",), "0"),
        (("reconcile",), "0"),
        (("serve",), "0"),
        (("shell", "--no-imports", "-c", CALL), "1"),
        (("show_user", EMAIL), "0"),
        (("verify_ledger",), "0"),
    ],
    ids=lambda value: value[0],
)
def test_a_database_that_does_not_answer_is_named_without_its_password(
    tmp_path: Path, command: tuple[str, ...], pool: str
) -> None:
    server = f"postgresql://fltr:{DATABASE_PASSWORD}@127.0.0.1:{free_port()}"
    urls = {"DATABASE_URL": f"{server}/fltr", "AUTH_DATABASE_URL": f"{server}/fltr_auth", "DATABASE_POOL_SIZE": pool}
    instance = Instance(tmp_path, free_port(), {**SETTINGS, **urls, "LOG_LEVEL": "DEBUG"})

    printed = run(instance, *command)

    assert printed
    assert leaks({**SETTINGS, "database password": DATABASE_PASSWORD}, {"output": printed}) == []


@pytest.mark.parametrize(
    "url",
    [
        "postgresq://fltr:{}@localhost/fltr",
        "postgresql:/fltr:{}@localhost/fltr",
        "postgresql://fltr:{}@localhost:port/fltr",
        "postgresql://fltr:{}@localhost/",
        "fltr:{}@localhost/fltr",
    ],
)
def test_a_database_url_that_cannot_be_read_is_not_repeated(url: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="DATABASE_URL") as complaint:
        from_url("DATABASE_URL", url.format(DATABASE_PASSWORD), pool_size=0)

    assert DATABASE_PASSWORD not in "".join(traceback.format_exception(complaint.value))
