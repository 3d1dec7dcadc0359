"""Calls over real HTTP, with headers and cookies exactly as a test writes them."""

import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from email.message import Message
from typing import Any

TIMEOUT_S = 30


@dataclass(frozen=True)
class Answer:
    """What came back, whatever its status."""

    status: int
    headers: Message
    body: bytes

    def json(self) -> Any:
        """Return the body as JSON."""
        return json.loads(self.body)

    def refusal(self) -> tuple[int, str]:
        """Return the status and the code of one of our errors."""
        return self.status, self.json()["code"]

    def cookies(self) -> dict[str, str]:
        """Return the values of the cookies that were set, encoded as they came."""
        pairs = (header.split(";")[0].partition("=") for header in self.headers.get_all("Set-Cookie", []))
        return {name: value for name, _, value in pairs}


def call(method: str, url: str, body: Any = None, **headers: str) -> Answer:
    """Send a request, with a JSON body if one is given; `X_API_Key="…"` is the header X-API-Key."""
    data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    if data is not None:
        named.setdefault("Content-Type", "application/json")
    request = urllib.request.Request(url, data, named, method=method)
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as response:
            return Answer(response.status, response.headers, response.read())
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error.code, error.headers, error.read())
