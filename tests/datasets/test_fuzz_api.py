"""Odd input on every path: whatever is sent, the answer is in the contract's shape and never a failure of ours."""

import json
import os
import random
from collections.abc import Iterator
from typing import Any

import pytest
from django.urls import URLPattern, URLResolver, get_resolver
from rest_framework.test import APIClient

from authbridge.models import Session
from tests.support.api import DATASETS, make_dataset, upload_text
from tests.support.clients import client_of_service, client_with_token
from tests.support.jobs import do_jobs
from tests.support.multipart import CONTENT_TYPE, Part, encode

pytestmark = [pytest.mark.django_db(databases="__all__"), pytest.mark.usefixtures("memory_vectors")]

SEEDS = range(int(os.environ.get("FUZZ_SEEDS", "8")))
CALLS = 150
JSON = "application/json"
METHODS = ["get", "post", "put", "patch", "delete", "head", "options"]
NAMES = [
    "name", "query", "queries", "dataset_id", "limit", "offset", "mode", "rerank", "filters", "metadata", "content",
    "filename", "visibility", "description", "user_id", "amount", "type", "idempotency_key", "operation", "credits",
    "transaction_id", "error_type", "reason", "expires_at", "scopes", "team_id", "daily_limit", "email", "owner",
    "ordering", "status", "q", "category", "since", "until", "days", "duplicates", "new_credits", "plan_limit",
]  # fmt: skip
SCALARS = [
    None, True, False, 0, -1, 1, 1.5, 2**31, 2**63, 2**64, -(2**63), 1e300, "", " ", "x", "\0", "a\0b", "x" * 5_000,
    "😀", "\u202e", "'; DROP TABLE users;--", "%00", "../../etc/passwd", "1e3", "٣", "NaN", "-0", "2020-01-01",
    "9999-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00", "2020-13-45T99:99:99Z", "private", "vector", "me", "purchase",
    "-created_at", "pending", "null", "{}", "[]", "00000000-0000-0000-0000-000000000000",
]  # fmt: skip
PATH_PARTS = ["x", "%00", "%ff", "%2F", "..", "a b", "ä", "0", "-", "x" * 3_000, "00000000-0000-0000-0000-000000000000"]
# Good bodies, of which one value is made an odd one.
GOOD: dict[str, dict[str, Any]] = {
    "/api/v1/datasets": {"name": "Notes", "description": "d", "category": "c", "visibility": "private", "metadata": {}},
    "/api/v1/datasets/{dataset}/documents": {"content": "Some text", "filename": "a.txt", "metadata": {"a": 1}},
    "/api/v1/datasets/{dataset}/query": {"query": "text", "limit": 5, "mode": "hybrid", "rerank": False, "filters": {}},
    "/api/v1/mcp/query": {
        "query": "text",
        "dataset_id": "{dataset}",
        "limit": 5,
        "mode": "vector",
        "filters": {"a": 1},
    },
    "/api/v1/mcp/batch-query": {
        "queries": ["text", {"query": "b"}],
        "dataset_id": "{dataset}",
        "limit": 5,
        "mode": "vector",
    },
    "/api/v1/embeddings/search": {"query": "text", "dataset_id": "{dataset}", "limit": 5, "filters": {"a": {"gt": 1}}},
    "/api/v1/api-keys": {
        "name": "key",
        "credits": 1,
        "daily_limit": 5,
        "monthly_limit": 5,
        "expires_at": None,
        "scopes": None,
    },
    "/api/v1/teams": {"name": "team"},
    "/api/v1/credits/add": {"user_id": "{user}", "amount": 1, "type": "bonus", "idempotency_key": "k", "metadata": {}},
    "/api/v1/credits/deduct": {
        "user_id": "{user}",
        "amount": 1,
        "operation": "o",
        "resource_id": "r",
        "idempotency_key": "k",
    },
}
HEADERS = {
    "Accept": ["*/*", JSON, "text/html", "text/csv", "image/png", "", "a/b;q=x", "\xff", "*"],
    "Content-Type": [JSON, CONTENT_TYPE, "text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "/"],
    "Idempotency-Key": ["k", "", "\xff", "x" * 300, "a\tb", "😀"],
    "X-Request-ID": ["", "x" * 500, "<b>", "\xff"],
    "X-API-Key": ["", "fltr_sk_", "fltr_sk_" + "x" * 43, "\xff"],
    "X-Webhook-Secret": ["", "x", "\xff"],
    "Authorization": ["", "Bearer", "Basic eDp5", "Bearer \xff", "Bearer " + "x" * 10_000, "Bearer a.b", "Bearer %00"],
    "Cookie": ["better-auth.session_token=x.y", "better-auth.session_token", "=;=;", "\xff"],
    "Origin": ["null", "https://evil.example"],
    "Range": ["bytes=0-1"],
    "X-Forwarded-For": ["", "x", "1.2.3.4, \xff", "::1"],
    "X-HTTP-Method-Override": ["DELETE"],
}


def paths(patterns: Any = None, before: str = "/") -> Iterator[str]:
    """Yield every path of the API as its pattern is written."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        path = before + str(pattern.pattern).removeprefix("^").removesuffix("$").removesuffix("\\Z")
        if isinstance(pattern, URLResolver) and not path.startswith("/admin"):
            yield from paths(pattern.url_patterns, path)
        elif isinstance(pattern, URLPattern):
            yield path


class Fuzz:
    """Makes calls that are always the same for the same seed."""

    def __init__(self, seed: int, ids: list[str]) -> None:
        self.random, self.ids = random.Random(seed), ids
        self.paths = sorted({path for path in paths() if path.startswith(("/api", "/health"))})

    def value(self, depth: int = 0) -> Any:
        shape = self.random.random()
        if depth < 3 and shape < 0.15:
            return [self.value(depth + 1) for _ in range(self.random.randint(0, 3))]
        if depth < 3 and shape < 0.3:
            return self.fields(depth + 1)
        return self.random.choice([*SCALARS, *self.ids])

    def fields(self, depth: int = 0) -> dict[str, Any]:
        names = self.random.sample(NAMES, self.random.randint(0, 6))
        return {name: self.value(depth) for name in names}

    def path(self) -> str:
        parts = []
        for part in self.random.choice(self.paths).split("/"):
            is_variable = "(" in part or "<" in part
            parts.append(self.random.choice([*PATH_PARTS, *self.ids * 4]) if is_variable else part)
        return "/".join(parts).replace("\\", "")

    def query(self) -> dict[str, str]:
        if self.random.random() < 0.6:
            return {}
        return {name: str(self.random.choice(SCALARS)) for name in self.random.sample(NAMES, 2)}

    def headers(self) -> dict[str, str]:
        names = self.random.sample(sorted(HEADERS), self.random.choice([0, 0, 0, 1, 2]))
        return {name: self.random.choice(HEADERS[name]) for name in names if name != "Content-Type"}

    def body(self) -> tuple[bytes, str]:
        shape = self.random.random()
        if shape < 0.15:
            parts = [Part(self.random.choice([*NAMES, "file"]), b"x", self.random.choice([None, "", "a.txt", "a/b"]))]
            return encode(*parts), CONTENT_TYPE
        if shape < 0.3:
            return self.random.randbytes(self.random.randint(0, 40)), self.random.choice(HEADERS["Content-Type"])
        value = self.fields() if shape < 0.9 else self.value()
        return json.dumps(value).encode(), JSON

    def almost_good(self, client: APIClient) -> tuple[str, Any]:
        """Send a good body with one odd value, or one odd value inside of one of its values."""
        path, body = self.random.choice(sorted(GOOD.items()))
        names = {"dataset": self.ids[0], "user": self.ids[-1]}
        body = json.loads(json.dumps(body).replace("{dataset}", names["dataset"]).replace("{user}", names["user"]))
        target, name = body, self.random.choice(sorted(body))
        if isinstance(body[name], dict) and self.random.random() < 0.5:
            target, name = body[name], self.random.choice([*NAMES, "a"])
        target[name] = self.value()
        path = path.format(**names)
        answer = client.post(path, json.dumps(body).encode(), content_type=JSON)
        return f"post {path} {body!r}", answer

    def send(self, client: APIClient) -> tuple[str, Any]:
        method, path, query, headers = self.random.choice(METHODS), self.path(), self.query(), self.headers()
        if method in ("get", "head"):
            return f"{method} {path} {query} {headers}", getattr(client, method)(path, query, headers=headers)
        body, content_type = self.body()
        answer = getattr(client, method)(path, body, content_type=content_type, headers=headers)
        return f"{method} {path} {headers} {content_type} {body!r}", answer


def complaint(answer: Any) -> str | None:
    """Say what is wrong with an answer, if anything is."""
    if answer.status_code >= 500:
        return f"{answer.status_code} {answer.content[:300]!r}"
    if "X-Request-ID" not in answer:
        return "no X-Request-ID"
    is_json = answer.get("Content-Type", "").startswith(JSON)
    if answer.status_code < 400 or answer.request["REQUEST_METHOD"] == "HEAD" or not is_json:
        return None
    body = answer.json()
    return None if set(body) == {"error", "code", "details"} else f"not the shape of an error: {body}"


@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_that_is_sent_is_a_failure_of_ours(alice_session: Session, seed: int) -> None:
    alice = client_with_token(alice_session.token)
    dataset = make_dataset(alice, visibility="public")
    document = upload_text(alice, dataset, "Some text").json()
    do_jobs()
    job = alice.get(f"{DATASETS}/{dataset['id']}/jobs").json()["jobs"][0]
    fuzz = Fuzz(seed, [dataset["id"], dataset["slug"], document["document_id"], job["id"], str(alice_session.user_id)])
    calls = [
        (fuzz.send, alice),
        (fuzz.send, APIClient()),
        (fuzz.almost_good, alice),
        (fuzz.almost_good, client_of_service()),
    ]

    for _, client in calls:
        client.raise_request_exception = False
    complaints = []
    for send, client in fuzz.random.choices(calls, weights=[4, 2, 3, 1], k=CALLS):
        call, answer = send(client)
        if found := complaint(answer):
            complaints.append(f"{call}\n  {found}")

    assert not complaints, "\n".join(complaints)
