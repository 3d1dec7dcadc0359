"""Loaded before Django reads its settings: which databases this run is about, and everything else settings need.

FLTR_TEST_DB chooses: `sqlite` (two files, the default), `postgresql` (two databases) or `postgresql-one` (one).
PostgreSQL is TEST_DATABASE_URL's server if that is given, else one that is started here and stopped at the end.
"""

import fcntl
import functools
import gc
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Generator
from contextlib import suppress
from pathlib import Path
from typing import IO

import pytest
import sqlparse

from fltr_project.configuration.variables import VARIABLES
from tests.support import postgres

SETTINGS = {"sqlite": ("sqlite", 2), "postgresql": ("postgresql", 2), "postgresql-one": ("postgresql", 1)}
ENVIRONMENT = {
    "ENV_FILE": "",
    "SECRET_KEY": "only-for-tests-" + "0123456789" * 4,
    "BETTER_AUTH_SECRET": "better-auth-secret-of-the-tests",
    "INTERNAL_WEBHOOK_SECRET": "webhook-secret-of-the-tests",
    "DATABASE_POOL_SIZE": "0",
    "RATE_LIMITS": "off",
    "AUTH_FAILURE_LIMIT": "off",
}
# Objects made, of those that can hold others; a test makes some ten thousand.
COLLECT_EVERY = 50_000
HOME_PREFIX, UNNAMED_PREFIX, LOCK = "fltr-test-", "fltr-new-", "lock"
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None, None, None]:
    """Prepare the environment before pytest-django, whose own hook this one wraps, loads the settings."""
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if worker is None:
        prepare_run(early_config)
    data_dir = Path(os.environ["FLTR_TEST_HOME"]) / (worker or "main")
    data_dir.mkdir()
    os.environ["DATA_DIR"] = str(data_dir)
    return (yield)


def prepare_run(config: pytest.Config) -> None:
    """Make what all workers of this run share: a home for its files, a server, the environment."""
    chosen = os.environ.get("FLTR_TEST_DB", "sqlite")
    if chosen not in SETTINGS:
        raise pytest.UsageError(f"FLTR_TEST_DB must be one of {', '.join(SETTINGS)}, not {chosen!r}.")
    keep_compiled_code()
    remove_homes_of_killed_runs()
    home, held = make_locked_home()
    config.add_cleanup(held.close)
    config.add_cleanup(lambda: shutil.rmtree(home, ignore_errors=True))
    for name in setting_names():
        os.environ.pop(name, None)
    os.environ.update(ENVIRONMENT, FLTR_TEST_HOME=str(home), FLTR_TEST_DB=chosen)
    if chosen != "sqlite":
        url = os.environ.get("TEST_DATABASE_URL") or start_server(config, home)
        os.environ["DATABASE_URL"] = postgres.with_database(url, "fltr")
        if chosen == "postgresql":
            os.environ["AUTH_DATABASE_URL"] = postgres.with_database(url, "fltr_auth")


def keep_compiled_code() -> None:
    """Have Python keep what it compiles, also where containers tell it not to.

    Otherwise each worker compiles every test anew, which takes half of its start, and each command all of the product.
    """
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False


def homes() -> Path:
    """Return where runs make their homes: for root /tmp, since another user then runs PostgreSQL and must reach it."""
    return Path("/tmp" if os.geteuid() == 0 else tempfile.gettempdir())


def make_home() -> Path:
    """Make a temporary folder where runs make their homes."""
    return Path(tempfile.mkdtemp(prefix=HOME_PREFIX, dir=homes()))


def make_locked_home() -> tuple[Path, IO[str]]:
    """Make a run's home, and lock it for as long as this process lives.

    It gets the name by which others look for homes only when it is locked: one that began at the same moment would
    take it for that of a killed run.
    """
    unnamed = Path(tempfile.mkdtemp(prefix=UNNAMED_PREFIX, dir=homes()))
    held = (unnamed / LOCK).open("w")
    fcntl.flock(held, fcntl.LOCK_EX)
    return unnamed.rename(unnamed.with_name(HOME_PREFIX + unnamed.name.removeprefix(UNNAMED_PREFIX))), held


def remove_homes_of_killed_runs() -> None:
    """Remove what a run that was killed has left: a server whose folder is gone stops by itself within a minute."""
    for path in homes().glob(f"{HOME_PREFIX}*/{LOCK}"):
        with suppress(OSError), path.open() as held:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(path.parent, ignore_errors=True)


def start_server(config: pytest.Config, home: Path) -> str:
    """Start a PostgreSQL server that ends with this run, and return its URL."""
    url, process = postgres.start(home / "postgresql")
    config.add_cleanup(lambda: postgres.stop(process))
    return url


def setting_names() -> set[str]:
    """Return all variables the settings read. None may leak in from a shell: every run tests the same configuration."""
    return {name for variable in VARIABLES.values() for name in variable.names}


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Look at what the settings came to, and tune what tests do more often than a server."""
    from django.conf import settings

    refuse_other_databases()
    # Every test client builds the middleware anew; listing all static files each time took half of the whole run.
    settings.WHITENOISE_AUTOREFRESH = True
    # Passwords are hashed slowly on purpose: a quarter of a second each time, which here keeps nobody out.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    # SQLite says no other way what a table's constraints are called, and the doctor asks often.
    sqlparse.parse = functools.cache(sqlparse.parse)


def pytest_collection_finish() -> None:
    """Leave what has been imported and collected out of every search for garbage: it stays until the end."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_EVERY)


def refuse_other_databases() -> None:
    """Refuse to run on other databases than the chosen ones: a green run on the wrong one proves nothing."""
    from django.db import connections

    vendor, count = SETTINGS[os.environ["FLTR_TEST_DB"]]
    vendors = [connection.vendor for connection in connections.all()]
    if vendors != [vendor] * count:
        raise pytest.UsageError(f"FLTR_TEST_DB={os.environ['FLTR_TEST_DB']} but the databases are {vendors}.")


def pytest_report_header(config: pytest.Config) -> str:
    """Say in the first lines what this run is about."""
    return f"databases: {os.environ['FLTR_TEST_DB']}"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Report the tests that only PostgreSQL can pass as not run on SQLite."""
    if os.environ["FLTR_TEST_DB"] == "sqlite":
        for item in items:
            if item.get_closest_marker("postgresql"):
                item.add_marker(pytest.mark.skip(reason="needs PostgreSQL"))


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Name a random id by its argument: a test must have the same name in every process and every run."""
    return argname if UUID.fullmatch(str(val)) else None
