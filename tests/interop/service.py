"""Our own service over HTTP, as the container runs it: the web server, and nothing beside it."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.interop import leash
from tests.interop.http import Answer, call
from tests.interop.processes import running

MANAGE = Path(__file__).parents[2] / "manage.py"
WEBHOOK_SECRET = "webhook-secret-of-both-sides"


@dataclass(frozen=True)
class Service:
    """A running FLTR."""

    url: str

    def get(self, path: str, **headers: str) -> Answer:
        """Read."""
        return call("GET", f"{self.url}/api/v1{path}", **headers)

    def post(self, path: str, body: Any, **headers: str) -> Answer:
        """Write."""
        return call("POST", f"{self.url}/api/v1{path}", body, **headers)

    def who_is(self, bearer: str = "", **headers: str) -> Answer:
        """Ask as whom the service sees a caller."""
        return self.get("/auth/session", **with_bearer(bearer), **headers)

    def balance(self, bearer: str) -> int:
        """Return the caller's credits."""
        credits: int = self.get("/credits/balance", **with_bearer(bearer)).json()["credits"]
        return credits

    def add_credits(self, user_id: str, amount: int) -> Answer:
        """Give credits, as the site does with its secret."""
        body = {"user_id": user_id, "amount": amount, "type": "bonus", "idempotency_key": f"first {amount}"}
        return self.post("/credits/add", body, X_Webhook_Secret=WEBHOOK_SECRET)


def with_bearer(credential: str) -> dict[str, str]:
    """Return the header that bears a credential, or no header."""
    return {"Authorization": f"Bearer {credential}"} if credential else {}


@contextmanager
def serve(url: str, environment: dict[str, str], folder: Path) -> Iterator[Service]:
    """Run the service until the test is done with it."""
    service = Service(url)
    address = {"LISTEN_HOST": str(urlsplit(url).hostname), "PORT": str(urlsplit(url).port)}
    command = [sys.executable, leash.__file__, sys.executable, str(MANAGE), "runweb"]
    with running(command, folder, {**environment, **address}, lambda: service.get("/credits/pricing").status == 200):
        yield service
