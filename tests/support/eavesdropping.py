"""Secrets planted in a running instance, a visitor who tries everything and keeps all answers, and a search in them."""

import http.client
import json
import re
import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from html import unescape
from urllib.parse import urlencode, urljoin

from authbridge.tokens import cookie_value, sign
from tests.support import openapi_calls, warm
from tests.support.instance import Instance

COOKIE = "better-auth.session_token"
EMAIL, USER_ID = "canary@example.com", "c0ffee00-0000-4000-8000-000000000001"
SETTINGS = {
    "SECRET_KEY": "planted-secret-key-" + "0123456789abcdef" * 3,
    "BETTER_AUTH_SECRET": "planted-better-auth-secret-0123456789",
    "INTERNAL_WEBHOOK_SECRET": "planted-webhook-secret-0123456789",
    "DEV_ADMIN_PASSWORD": "planted-admin-password-0123456789",
    "VECTOR_STORE_TOKEN": "planted:vector-store-token-0123456789",
    "EMBEDDING_API_KEY": "planted-embedding-key-0123456789",
}
SESSION_TOKEN = "PlantedSessionToken0123456789abc"
EXPIRED_TOKEN = "PlantedExpiredToken0123456789abc"
COLUMNS = {
    "accounts.password": "planted-salt:planted-password-hash",
    "accounts.access_token": "planted-oauth-access-token",
    "accounts.refresh_token": "planted-oauth-refresh-token",
    "accounts.id_token": "planted-oauth-id-token",
    "verifications.value": "planted-verification-value",
}
# What people mistype or paste into the wrong place is as secret as what is right.
MISTAKEN = {
    "unknown token": "MistakenSessionToken0123456789ab",
    "unknown API key": "fltr_sk_" + "Mistaken" * 5 + "abc",
    "wrong webhook secret": "mistaken-webhook-secret-0123456789",
    "wrong password": "mistaken-password-0123456789",
}
MOST_PAGES = 400
LINK = re.compile(r'href="([^"#]+)"')
CSRF_FIELD = re.compile(r'name="csrfmiddlewaretoken" value="(\w+)"')


def leaks(secrets: dict[str, str], written: dict[str, str]) -> list[str]:
    """Return which secret stands where."""
    return [
        f"{name} in {place}"
        for place, text in written.items()
        for name, secret in secrets.items()
        if secret in text or json.dumps(secret)[1:-1] in text
    ]


@dataclass
class Visitor:
    """Calls an instance over HTTP, follows no redirect by itself, and keeps all that is answered."""

    instance: Instance
    cookies: dict[str, str] = field(default_factory=dict)
    heard: dict[str, str] = field(default_factory=dict)

    @property
    def origin(self) -> str:
        """What stands before the paths of absolute links."""
        return f"http://localhost:{self.instance.port}"

    def ask(self, method: str, path: str, body: str | bytes = b"", **headers: str) -> str:
        """Call once; return status, headers and body as one text."""
        connection = http.client.HTTPConnection("localhost", self.instance.port, timeout=30)
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        with closing(connection):
            connection.request(method, path, body or None, sent)
            answer = connection.getresponse()
            for name, value in answer.getheaders():
                if name.lower() == "set-cookie":
                    cookie, _, content = value.partition(";")[0].partition("=")
                    self.cookies[cookie] = content
            told = f"{answer.status}\n{answer.headers}\n{answer.read().decode()}"
        self.heard[f"answer {len(self.heard)} to {method} {path} with {' '.join(headers)}"] = told
        return told

    def sign_in_as_staff(self, password: str) -> str:
        """Fill in the admin's form."""
        return self.fill_in("/admin/login/", username="admin", password=password, next="/admin/")

    def fill_in(self, path: str, **fields: str) -> str:
        """Send a page's form."""
        token = CSRF_FIELD.findall(self.ask("GET", path, Accept="text/html"))[0]
        body = urlencode({**fields, "csrfmiddlewaretoken": token})
        kind = "application/x-www-form-urlencoded"
        return self.ask("POST", path, body, Content_Type=kind, Accept="text/html", Origin=self.origin)

    def wander(self, start: str) -> set[str]:
        """Look at every page that can be reached below a path by links; return their paths."""
        seen: set[str] = set()
        waiting = [start]
        while waiting and len(seen) < MOST_PAGES:
            path = waiting.pop()
            seen.add(path)
            page = self.ask("GET", path, Accept="text/html")
            links = {urljoin(path, unescape(link)).removeprefix(self.origin) for link in LINK.findall(page)}
            waiting += sorted(link for link in links - seen - set(waiting) if link.startswith(start) and leads_on(link))
        return seen


def leads_on(link: str) -> bool:
    """Tell whether a link neither ends the visit nor only orders or narrows a list."""
    return "logout" not in link and "sign-out" not in link and "?" not in link


def plant(instance: Instance) -> None:
    """Write a person with all kinds of secrets into the user database, as the site would."""
    now, id = datetime.now(UTC).replace(tzinfo=None), USER_ID
    times = {"created_at": now, "updated_at": now}
    rows = [
        ("users", {"id": id, "name": "Canary", "email": EMAIL, "credits": 0, **times}),
        *(
            ("sessions", {"token": token, "user_id": id, "expires_at": now + timedelta(hours=hours), **times})
            for token, hours in ((SESSION_TOKEN, 1), (EXPIRED_TOKEN, -1))
        ),
        ("accounts", {"account_id": id, "provider_id": "credential", "user_id": id, **columns_of("accounts"), **times}),
        ("verifications", {"identifier": EMAIL, **columns_of("verifications"), "expires_at": now, **times}),
    ]
    with closing(sqlite3.connect(instance.data_dir / "fltr_auth.sqlite3", timeout=20)) as database, database:
        for table, row in rows:
            insert(database, table, {"id": str(uuid.uuid4()), **row})


def columns_of(table: str) -> dict[str, str]:
    """Return the planted columns of a table."""
    return {name.partition(".")[2]: value for name, value in COLUMNS.items() if name.startswith(f"{table}.")}


def insert(database: sqlite3.Connection, table: str, row: dict[str, object]) -> None:
    """Insert one row."""
    values = [value.isoformat(" ") if isinstance(value, datetime) else value for value in row.values()]
    database.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})", values)


def execute(instance: Instance, sql: str) -> None:
    """Run one statement on the user database."""
    with closing(sqlite3.connect(instance.data_dir / "fltr_auth.sqlite3", timeout=20)) as database, database:
        database.execute(sql)


def credentials(api_key: str) -> list[dict[str, str]]:
    """Return headers with every kind of credential, good and bad."""
    secret, signed = SETTINGS["BETTER_AUTH_SECRET"], sign(SESSION_TOKEN, SETTINGS["BETTER_AUTH_SECRET"])
    forged = sign(SESSION_TOKEN, "another secret")
    bearers = [SESSION_TOKEN, EXPIRED_TOKEN, signed, forged, f"{signed}x", api_key, *MISTAKEN.values()]
    return [
        {},
        *({"Authorization": f"Bearer {token}"} for token in bearers),
        {"Authorization": f"Basic {SESSION_TOKEN}"},
        {"X_API_Key": api_key},
        {"X_API_Key": MISTAKEN["unknown API key"]},
        {"Cookie": f"{COOKIE}={cookie_value(SESSION_TOKEN, secret)}"},
        {"Cookie": f"__Secure-{COOKIE}={cookie_value(EXPIRED_TOKEN, secret)}"},
        {"Cookie": f"{COOKIE}={SESSION_TOKEN}"},
        {"X_Webhook_Secret": SETTINGS["INTERNAL_WEBHOOK_SECRET"]},
        {"X_Webhook_Secret": MISTAKEN["wrong webhook secret"]},
    ]


def reads() -> Iterator[str]:
    """Yield every path of the API that can be read, with ids that lead nowhere."""
    for call in openapi_calls.calls():
        if call.method == "get":
            yield re.sub(r"{\w+}", "00000000-0000-4000-8000-000000000000", call.path)


def writes() -> Iterator[tuple[str, str]]:
    """Yield method and path of everything that takes a body."""
    for call in openapi_calls.calls():
        if call.method in ("post", "patch"):
            yield call.method.upper(), re.sub(r"{\w+}", "00000000-0000-4000-8000-000000000000", call.path)


def run(instance: Instance, *arguments: str, **settings: str) -> str:
    """Run manage.py beside the instance; return all that it printed, however it ended."""
    finished = warm.run(["manage.py", *arguments], {**instance.environment, **settings})
    return finished.stdout + finished.stderr
