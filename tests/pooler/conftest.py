"""A server, a PgBouncer in transaction mode before it, and databases behind it, of these tests' own."""

import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.plugin import make_home
from tests.pooler.world import SESSIONS, ZONE, World
from tests.support import postgres
from tests.support.engine import short_folder
from tests.support.pgbouncer import pooler


@pytest.fixture(scope="session")
def home() -> Iterator[Path]:
    """Where the server and its poolers keep their files."""
    home = make_home()
    yield home
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="session")
def server_url(home: Path) -> Iterator[str]:
    url, process = postgres.start(home / "postgresql")
    with psycopg.connect(url, autocommit=True) as server:
        server.execute(f"ALTER SYSTEM SET timezone TO '{ZONE}'".encode())
        server.execute("SELECT pg_reload_conf()")
    yield url
    postgres.stop(process)


@pytest.fixture(scope="session")
def pooler_url(home: Path, server_url: str) -> Iterator[str]:
    with pooler(home, server_url, default_pool_size=SESSIONS) as url:
        yield url


@pytest.fixture(scope="module", params=["two databases", "one database"])
def world(request: pytest.FixtureRequest, server_url: str, pooler_url: str) -> Iterator[World]:
    """Databases that are there, and in which nothing is."""
    aliases = ["default", "auth"] if request.param == "two databases" else ["default"]
    names = {alias: f"pooled_{alias}_{uuid.uuid4().hex[:8]}" for alias in aliases}
    with short_folder() as folder:
        world = World(names, server_url, pooler_url, folder / "data")
        for name in names.values():
            world.ask("postgres", f"CREATE DATABASE {name}")
        yield world


@pytest.fixture(scope="module")
def ready(world: World) -> World:
    """The same, with all tables."""
    world.manage("init_databases")
    return world


@pytest.fixture(autouse=True)
def _nothing_left(request: pytest.FixtureRequest) -> Iterator[None]:
    """After every test, nobody else finds anything of ours."""
    yield
    if "world" in request.fixturenames:
        request.getfixturevalue("world").insist_on_nothing_left()
