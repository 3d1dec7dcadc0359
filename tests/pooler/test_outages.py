"""A server that goes away behind its pooler, which goes on to let clients in."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from authbridge.shared.postgresql.base import DatabaseWrapper
from fltr_project.configuration.databases import from_url
from tests.interop.http import call
from tests.pooler.world import SETTINGS, World
from tests.support.engine import wait_until
from tests.support.forwarding import Forwarder
from tests.support.instance import instance_in
from tests.support.pgbouncer import folder_of_socket, pooler

pytestmark = pytest.mark.pooler


@pytest.fixture
def way(server_url: str) -> Iterator[Forwarder]:
    """The way from the pooler to the server."""
    way = Forwarder(str(folder_of_socket(server_url)))
    yield way
    way.cut()


@pytest.fixture
def pooled(home: Path, server_url: str, way: Forwarder) -> Iterator[str]:
    """The URL of a pooler by that way that has clients wait no longer than the documentation says."""
    with pooler(home, server_url, way, query_wait_timeout=2, server_login_retry=1) as url:
        yield url


def test_the_breaker_finds_out_what_the_pooler_does_not_say(pooled: str, way: Forwarder) -> None:
    settings = from_url("DATABASE_URL", pooled, 2)
    database = DatabaseWrapper({**settings, "TIME_ZONE": None, "AUTOCOMMIT": True}, "away")
    database._look()

    way.cut()

    psycopg.connect(pooled).close()
    with pytest.raises(psycopg.OperationalError):
        database._look()


def test_calls_are_refused_while_the_server_is_away_and_answered_when_it_is_back(
    world: World, pooled: str, way: Forwarder
) -> None:
    world = replace(world, pooler_url=pooled)
    with instance_in(world.folder.parent, **SETTINGS, **world.urls) as instance:
        instance.start()
        url, bearer = f"http://localhost:{instance.port}/api/v1/credits/balance", f"Bearer {instance.token()}"

        def ask() -> int:
            return call("GET", url, Authorization=bearer).status

        def is_noticed() -> bool:
            return ask() == 503 and "does not answer: " in instance.output

        assert ask() == 200
        way.cut()
        wait_until(is_noticed)

        way.mend()
        wait_until(lambda: ask() == 200)
