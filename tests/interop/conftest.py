"""What the tests with a real Better Auth share. Starting things takes seconds, so most of it lasts for a whole run."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.interop.service import Service
from tests.interop.site import SOURCE, Site
from tests.interop.world import World, make_world
from tests.plugin import make_home
from tests.support import postgres


@pytest.fixture(scope="session")
def server_url() -> Iterator[str]:
    """A PostgreSQL server for the worlds of this run, whatever databases the run is about."""
    assert (SOURCE / "node_modules").exists(), "Run these tests by `make interop`, which installs Better Auth for them."
    home = make_home()
    url, process = postgres.start(home / "postgresql")
    yield url
    postgres.stop(process)
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="session")
def make(server_url: str, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., World]:
    """Return a function that makes a world by name, in which nothing has been migrated yet."""
    folder: Path = tmp_path_factory.mktemp("worlds")
    return lambda name, **settings: make_world(name, server_url, folder / name, **settings)


@pytest.fixture(scope="session")
def make_migrated(make: Callable[..., World]) -> Callable[[str], World]:
    """Return a function that makes a world whose usual site has migrated its database, and nobody else yet."""
    template = make("template")
    template.migrate_site()

    def make_migrated(name: str) -> World:
        world = make(name)
        world.copy_site(template)
        return world

    return make_migrated


@pytest.fixture(scope="session")
def make_ready(make: Callable[..., World], make_migrated: Callable[[str], World]) -> Callable[[str], World]:
    """Return a function that makes a world in which the site has migrated its database, and then our service both."""
    template = make_migrated("ready")
    template.manage("init_databases")

    def make_ready(name: str) -> World:
        world = make(name)
        world.copy(template)
        return world

    return make_ready


@pytest.fixture(scope="session")
def world(make_ready: Callable[[str], World]) -> World:
    """The usual world: the site has migrated its database before our service came."""
    return make_ready("site_first")


@pytest.fixture(scope="session")
def site(world: World) -> Iterator[Site]:
    """The usual site."""
    with world.site(url=world.site_url) as site:
        yield site


@pytest.fixture(scope="session")
def service(world: World) -> Iterator[Service]:
    """Our service, beside the usual site."""
    with world.service(url=world.service_url) as service:
        yield service
