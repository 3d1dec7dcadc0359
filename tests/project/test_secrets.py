"""No token, key, password or secret is ever written: not to a log, an error, a page, an answer or a command's output.

One instance holds secrets of every kind in its settings and tables. It is called with each of them, and with mistaken
ones, in every place where a credential can stand, rightly or not; then all that it has written is searched.
"""

import json
from typing import Any

import pytest

from authbridge.tokens import cookie_value, sign
from credits.selectors import hash_key
from tests.support import eavesdropping
from tests.support.eavesdropping import (
    COOKIE,
    EMAIL,
    MISTAKEN,
    SESSION_TOKEN,
    SETTINGS,
    USER_ID,
    Visitor,
    leaks,
    plant,
    reads,
    run,
    writes,
)
from tests.support.engine import short_folder
from tests.support.instance import Instance, instance_in, on_embedded_databases
from tests.support.multipart import CONTENT_TYPE, Part, encode

pytestmark = on_embedded_databases

JSON = "application/json"
SIGNED = sign(SESSION_TOKEN, SETTINGS["BETTER_AUTH_SECRET"])
SECRETS = {
    **SETTINGS,
    **MISTAKEN,
    **eavesdropping.COLUMNS,
    "session token": SESSION_TOKEN,
    "expired token": eavesdropping.EXPIRED_TOKEN,
    "signature": SIGNED.partition(".")[2],
}
AS_CANARY = {"Authorization": f"Bearer {SESSION_TOKEN}"}
# Printed to the console of `make run`, once, for the developer to use: the contract wants it.
PRINTED_BY_CONTRACT = ["DEV_ADMIN_PASSWORD"]


class Recording:
    """What an instance wrote while everything was tried."""

    def __init__(self, instance: Instance) -> None:
        self.instance, self.visitor = instance, Visitor(instance)
        self.secrets = dict(SECRETS)
        self.pages: set[str] = set()

    def make(self) -> None:
        """Try everything."""
        plant(self.instance)
        self.own_things()
        self.every_credential_everywhere()
        self.secrets_in_wrong_places()
        self.pages_for_people()
        self.failures()

    def own_things(self) -> None:
        """Give Canary credits, a document, and an API key, whose secret is answered this once."""
        credits = {"user_id": USER_ID, "amount": 100, "type": "bonus", "idempotency_key": "first"}
        as_site = {"X_Webhook_Secret": SETTINGS["INTERNAL_WEBHOOK_SECRET"]}
        self.visitor.ask("POST", "/api/v1/credits/add", json.dumps(credits), Content_Type=JSON, **as_site)
        shown_once = Visitor(self.instance)
        made = shown_once.ask("POST", "/api/v1/api-keys", '{"name": "Canary"}', Content_Type=JSON, **AS_CANARY)
        self.secrets["API key"] = json.loads(made.rpartition("\n")[2])["key"]
        self.secrets["hash of the API key"] = hash_key(self.secrets["API key"])
        self.visitor.ask("POST", "/api/v1/datasets", '{"name": "Canary"}', Content_Type=JSON, **AS_CANARY)
        file = encode(Part("file", b"A text of Canary", "canary.txt"))
        self.visitor.ask("POST", "/api/v1/datasets/canary/documents", file, Content_Type=CONTENT_TYPE, **AS_CANARY)

    def every_credential_everywhere(self) -> None:
        """Call with every credential, for JSON and for pages."""
        for headers in eavesdropping.credentials(self.secrets["API key"]):
            for path in reads():
                self.visitor.ask("GET", path, Accept=JSON, **headers)
            for method, path in writes():
                self.visitor.ask(method, path, "{}", Content_Type=JSON, **headers)
            self.visitor.ask("GET", "/api/v1/datasets", Accept="text/html", **headers)

    def secrets_in_wrong_places(self) -> None:
        """Paste each secret where it does not belong. What a caller reads there they have just written themselves."""
        pasting = Visitor(self.instance)
        for secret in self.secrets.values():
            for path in ("/api/v1/datasets?token=", "/api/v1/datasets/", "/api/v1/api-keys/", "/admin/?q=", "/"):
                pasting.ask("GET", path + secret, **AS_CANARY)
            for body in (f'{{"token": "{secret}"', json.dumps({"name": secret, "query": secret, "key": secret})):
                pasting.ask("POST", "/api/v1/mcp/query", body, Content_Type=JSON, **AS_CANARY)
            form = encode(Part(secret, b"x"), Part("file", secret.encode(), f"{secret}/"))
            pasting.ask("POST", "/api/v1/datasets/canary/documents", form, Content_Type=CONTENT_TYPE, **AS_CANARY)
            pasting.ask("POST", "/api/v1/datasets", "{}", Idempotency_Key=secret, Content_Type=JSON, **AS_CANARY)
            pasting.ask("GET", "/health", Host=secret, X_Forwarded_For=secret, Accept=secret)

    def pages_for_people(self) -> None:
        """Follow every link of the admin as staff, and of the API as Canary."""
        self.visitor.sign_in_as_staff(MISTAKEN["wrong password"])
        self.visitor.sign_in_as_staff(SETTINGS["DEV_ADMIN_PASSWORD"])
        self.pages |= self.visitor.wander("/admin/")
        self.visitor.cookies = {COOKIE: cookie_value(SESSION_TOKEN, SETTINGS["BETTER_AUTH_SECRET"])}
        self.pages |= self.visitor.wander("/api/")
        for method, path in writes():
            self.visitor.ask(method, path, "{}", Accept="text/html", Origin="null", Content_Type=JSON)
        for token in (*MISTAKEN.values(), eavesdropping.EXPIRED_TOKEN):
            self.visitor.fill_in("/api/sign-in", token=token)

    def failures(self) -> None:
        """Break a row and then a table, so that calls are answered 500 and 503."""
        eavesdropping.execute(self.instance, "UPDATE api_key_credits SET scopes = '5'")
        for header in ({"Authorization": f"Bearer {self.secrets['API key']}"}, {"X_API_Key": self.secrets["API key"]}):
            for accept in (JSON, "text/html"):
                self.visitor.ask("GET", "/api/v1/credits/balance", Accept=accept, **header)
        eavesdropping.execute(self.instance, "ALTER TABLE sessions RENAME TO sessions_elsewhere")
        self.visitor.ask("GET", "/api/v1/credits/balance", **AS_CANARY)
        Visitor(self.instance).ask("GET", f"/api/v1/api-keys/{self.secrets['API key']}", **AS_CANARY)
        self.visitor.ask("GET", "/admin/authbridge/session/", Accept="text/html")
        eavesdropping.execute(self.instance, "ALTER TABLE sessions_elsewhere RENAME TO sessions")
        eavesdropping.execute(self.instance, "UPDATE api_key_credits SET scopes = NULL")


@pytest.fixture(scope="module")
def recording() -> Any:
    """An instance with which everything was tried; it is in DEBUG, where Django tells most."""
    settings = {**SETTINGS, "LOG_LEVEL": "DEBUG", "DEBUG": "1", "RATE_LIMITS": "off", "AUTH_FAILURE_LIMIT": "off"}
    with short_folder() as folder, instance_in(folder, **settings) as instance:
        instance.start()
        recording = Recording(instance)
        recording.make()
        yield recording


def test_no_answer_and_no_page_tells_a_secret(recording: Recording) -> None:
    statuses = {answer.partition("\n")[0] for answer in recording.visitor.heard.values()}

    assert {"200", "201", "302", "400", "401", "403", "404", "500", "503"} <= statuses
    assert leaks(recording.secrets, recording.visitor.heard) == []


def test_pages_about_people_and_their_things_were_among_them(recording: Recording) -> None:
    shown = [place for place, answer in recording.visitor.heard.items() if "Canary" in answer]

    for part in ("user", "session", "apikeycredits", "dataset", "document"):
        assert any(f"/{part}/" in place and "/admin/" in place for place in shown), part
    assert {"/api/", "/api/v1/api-keys", "/api/v1/datasets"} <= recording.pages


def test_no_line_of_the_log_tells_a_secret(recording: Recording) -> None:
    log, engine = recording.instance.output, recording.instance.data_dir / "vectors" / "engine.log"
    secrets = {name: secret for name, secret in recording.secrets.items() if name not in PRINTED_BY_CONTRACT}

    assert "GET /api/v1/credits/balance failed" in log
    assert leaks(secrets, {"log": log, "engine.log": engine.read_text()}) == []


@pytest.mark.parametrize("name", PRINTED_BY_CONTRACT)
def test_what_the_contract_has_printed_is_printed_once(recording: Recording, name: str) -> None:
    assert recording.instance.output.count(SETTINGS[name]) == 1


@pytest.mark.parametrize(
    "command",
    [
        ("check", "--deploy"),
        ("doctor",),
        ("doctor", "--json"),
        ("init_databases",),
        ("reconcile",),
        ("show_user", EMAIL),
        ("show_user", "nobody@example.com"),
        ("verify_ledger", "--json"),
        ("grant_credits", EMAIL, "5"),
        ("delete_orphans", "--dry-run"),
        ("reset_databases", "--dry-run"),
    ],
    ids=" ".join,
)
def test_no_command_prints_a_secret(recording: Recording, command: tuple[str, ...]) -> None:
    printed = run(recording.instance, *command)

    assert printed
    assert leaks(recording.secrets, {"output": printed}) == []


@pytest.mark.parametrize("secret", SECRETS.values(), ids=SECRETS)
def test_a_leak_would_be_noticed(secret: str) -> None:
    written = {"log": f"a line with {secret}, plainly", "JSON": json.dumps({"token": secret})}

    assert [leak.partition(" in ")[2] for leak in leaks({"it": secret}, written)] == ["log", "JSON"]
