"""A server that goes away behind its pooler, which goes on to let clients in."""

import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from authbridge.shared.postgresql.base import DatabaseWrapper
from fltr_project.configuration.databases import from_url
from tests.plugin import make_home
from tests.support import postgres
from tests.support.pgbouncer import pooler

pytestmark = pytest.mark.pooler


@pytest.fixture
def server() -> Iterator[Any]:
    """A server of its own: its folder, its URL."""
    home = make_home()
    url, process = postgres.start(home / "postgresql")
    yield home, url
    postgres.stop(process)
    shutil.rmtree(home, ignore_errors=True)


def test_the_breaker_finds_out_that_the_server_is_away(server: Any) -> None:
    home, url = server
    with pooler(home, url, query_wait_timeout=2) as pooled:
        database = wrapper(pooled)
        database._look()

        os.kill(process_of(home), signal.SIGKILL)

        psycopg.connect(pooled).close()
        with pytest.raises(psycopg.OperationalError):
            database._look()


def wrapper(url: str) -> DatabaseWrapper:
    """Return the database at a URL, as the settings have it."""

    settings = from_url("DATABASE_URL", url, 2)
    return DatabaseWrapper({**settings, "TIME_ZONE": None, "AUTOCOMMIT": True, "ATOMIC_REQUESTS": False}, "away")


def process_of(home: Path) -> int:
    """Return the server's first process."""
    return int((home / "postgresql" / "postmaster.pid").read_text().split()[0])
