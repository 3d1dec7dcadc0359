"""The Better Auth site of `tests/interop/site`: a project folder for each database, and sites that run from it."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.interop.http import Answer, call
from tests.interop.processes import bare_environment, running

SOURCE = Path(__file__).parent / "site"
PASSWORD = "correct horse battery staple"
COMMAND_TIMEOUT_S = 120


@dataclass(frozen=True)
class SignedIn:
    """What a browser holds after signing in."""

    user_id: str
    email: str
    token: str
    bearer_header: str
    cookies: dict[str, str]

    @property
    def cookie(self) -> str:
        """Return the Cookie header that a browser sends from now on."""
        return "; ".join(f"{name}={value}" for name, value in self.cookies.items())

    def cookie_called(self, name: str) -> str:
        """Return a Cookie header with just this one."""
        return f"{name}={self.cookies[name]}"


@dataclass(frozen=True)
class Event:
    """What Stripe sends, as often as it likes."""

    payload: bytes
    signature: str


@dataclass(frozen=True)
class Site:
    """A running site."""

    url: str

    def call(self, path: str, body: Any = None, **headers: str) -> Answer:
        """Call Better Auth, as a page of this site would: POST with a body, GET without."""
        method = "GET" if body is None else "POST"
        return call(method, f"{self.url}/api/auth{path}", body, Origin=self.url, **headers)

    def hear_from_stripe(self, event: Event) -> Answer:
        """Receive a webhook call of Stripe's."""
        return call("POST", f"{self.url}/api/auth/stripe/webhook", event.payload, Stripe_Signature=event.signature)

    def sign_up(self, email: str) -> SignedIn:
        """Make a user, who is then signed in."""
        return self._signed_in(self.call("/sign-up/email", {"email": email, "password": PASSWORD, "name": email}))

    def sign_in(self, email: str, password: str = PASSWORD) -> SignedIn:
        """Sign a user in, in another browser."""
        return self._signed_in(self.call("/sign-in/email", {"email": email, "password": password}))

    def _signed_in(self, answer: Answer) -> SignedIn:
        assert answer.status == 200, answer.body
        user, token = answer.json()["user"], answer.json()["token"]
        return SignedIn(user["id"], user["email"], token, answer.headers["set-auth-token"], answer.cookies())


@dataclass(frozen=True)
class Project:
    """A site's project folder: its sources, the schema that was generated for it, the migrations made from that."""

    folder: Path
    settings: dict[str, str]

    @classmethod
    def create(cls, folder: Path, **settings: str) -> "Project":
        """Copy the sources; settings such as SITE_IDS go into everything that is run."""
        folder.mkdir()
        for source in SOURCE.glob("*.mjs"):
            shutil.copy(source, folder)
        (folder / "node_modules").symlink_to(SOURCE / "node_modules")
        return cls(folder, settings)

    def run(self, *command: str, stdin: str = "", **settings: str) -> str:
        """Run a program in the folder and return what it printed; what fails, fails the test."""
        finished = subprocess.run(
            command,
            cwd=self.folder,
            env=self._environment(SITE_URL="http://127.0.0.1", **settings),
            input=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=COMMAND_TIMEOUT_S,
        )
        assert finished.returncode == 0, finished.stdout
        return finished.stdout

    def generate(self, **settings: str) -> None:
        """Write the Drizzle schema by Better Auth's generator, and a migration to it by drizzle-kit."""
        self.run("node", "generate.mjs", **settings)
        self.drizzle_kit("generate")

    def drizzle_kit(self, *arguments: str, config: str = "drizzle.config.mjs") -> str:
        """Run drizzle-kit as a developer of the site would, and return what it printed."""
        return self.run("node_modules/.bin/drizzle-kit", *arguments, "--config", config)

    def sign(self, payload: bytes) -> str:
        """Return the header with which Stripe would have signed a payload, by Stripe's own library."""
        return self.run("node", "sign_event.mjs", stdin=payload.decode()).strip()

    @contextmanager
    def serve(self, url: str, **settings: str) -> Iterator[Site]:
        """Run the site until the test is done with it."""
        site = Site(url)
        environment = self._environment(SITE_URL=site.url, **settings)
        with running(["node", "server.mjs"], self.folder, environment, lambda: site.call("/ok").status == 200):
            yield site

    def _environment(self, **settings: str) -> dict[str, str]:
        return {**bare_environment(), "BETTER_AUTH_TELEMETRY": "0", **self.settings, **settings}
