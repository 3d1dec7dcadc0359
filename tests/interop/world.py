"""Both sides together: two databases, the site that migrates one of them, and our service on both."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from tests.interop import service
from tests.interop.processes import bare_environment, free_url
from tests.interop.service import WEBHOOK_SECRET, Service
from tests.interop.site import Project, Site
from tests.support import postgres

PROJECT = Path(__file__).parents[2]
BETTER_AUTH_SECRET = "better-auth-secret-of-both-sides"
STRIPE_WEBHOOK_SECRET = "whsec_of_the_interop_tests"


@dataclass(frozen=True)
class World:
    """Two databases of their own on the tests' PostgreSQL, which may not exist yet, and who works on them."""

    name: str
    server_url: str
    folder: Path
    project: Project
    site_url: str
    service_url: str

    @property
    def environment(self) -> dict[str, str]:
        """Our service's environment."""
        return {
            **bare_environment(),
            "PYTHONPATH": str(PROJECT),
            "DJANGO_SETTINGS_MODULE": "fltr_project.settings",
            "ENV_FILE": "",
            "SECRET_KEY": "only-for-tests-" + "0123456789" * 4,
            "DATA_DIR": str(self.folder),
            "DATABASE_URL": postgres.with_database(self.server_url, f"fltr_{self.name}"),
            "AUTH_DATABASE_URL": self.auth_url,
            "BETTER_AUTH_SECRET": BETTER_AUTH_SECRET,
            "INTERNAL_WEBHOOK_SECRET": WEBHOOK_SECRET,
            "TRUSTED_ORIGINS": self.site_url,
            "RATE_LIMITS": "off",
            "AUTH_FAILURE_LIMIT": "off",
        }

    @property
    def auth_url(self) -> str:
        """The user database, which the site calls its DATABASE_URL."""
        return postgres.with_database(self.server_url, f"fltr_auth_{self.name}")

    def migrate_site(self) -> None:
        """Make the user database, and the site's tables in it, as the site's developers do."""
        self._create_database("fltr_auth")
        self.project.generate()
        self.project.drizzle_kit("migrate")

    def copy_site(self, other: "World") -> None:
        """Make the user database and the project folder as another world's site has left them, in no time."""
        ignored = shutil.ignore_patterns("node_modules")
        shutil.copytree(other.project.folder, self.project.folder, ignore=ignored, dirs_exist_ok=True)
        self._create_database("fltr_auth", f"TEMPLATE fltr_auth_{other.name}")

    def copy(self, other: "World") -> None:
        """Make both databases and the project folder as they are in another world, in no time."""
        self.copy_site(other)
        self._create_database("fltr", f"TEMPLATE fltr_{other.name}")

    def manage(self, *arguments: str, **settings: str) -> str:
        """Run manage.py and return what it printed; what fails, fails the test."""
        finished = self._manage(*arguments, **settings)
        assert finished.returncode == 0, finished.stdout + finished.stderr
        return finished.stdout

    def complaints(self, **settings: str) -> list[str]:
        """Return what the doctor finds red."""
        finished = self._manage("doctor", "--json", **settings)
        findings = json.loads(finished.stdout)["findings"]
        red = [finding["message"] for finding in findings if finding["level"] == "red"]
        assert finished.returncode == bool(red), finished.stderr
        return red

    def sql(self, statement: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """Run one statement in the user database, commit, and return its rows."""
        with psycopg.connect(self.auth_url, autocommit=True) as database:
            cursor = database.execute(statement.encode(), parameters)
            return cursor.fetchall() if cursor.description else []

    @contextmanager
    def site(self, *, url: str | None = None, **settings: str) -> Iterator[Site]:
        """Run a site on the user database, with other settings if a test needs them."""
        with self.project.serve(url or free_url(), **settings) as site:
            yield site

    @contextmanager
    def service(self, *, url: str | None = None, **settings: str) -> Iterator[Service]:
        """Run our service on both databases, with other settings if a test needs them."""
        with service.serve(url or free_url(), {**self.environment, **settings}, self.folder) as running:
            yield running

    def _manage(self, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "manage.py", *arguments]
        environment = {**self.environment, **settings}
        return subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True)

    def _create_database(self, name: str, options: str = "") -> None:
        with psycopg.connect(self.server_url, autocommit=True) as server:
            server.execute(f"CREATE DATABASE {name}_{self.name} {options}".encode())


def make_world(name: str, server_url: str, folder: Path, **settings: str) -> World:
    """Make a world in which nothing has been migrated; settings such as SITE_IDS are the site's."""
    folder.mkdir()
    auth_url = postgres.with_database(server_url, f"fltr_auth_{name}")
    site_url, service_url = free_url(), free_url()
    project = Project.create(
        folder / "site",
        DATABASE_URL=auth_url,
        BETTER_AUTH_SECRET=BETTER_AUTH_SECRET,
        STRIPE_WEBHOOK_SECRET=STRIPE_WEBHOOK_SECRET,
        INTERNAL_WEBHOOK_SECRET=WEBHOOK_SECRET,
        FLTR_URL=service_url,
        **settings,
    )
    return World(name, server_url, folder, project, site_url, service_url)
