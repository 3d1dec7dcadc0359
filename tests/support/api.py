"""Calls that many tests begin with, and how to look at answers."""

import json
from typing import Any

from rest_framework.test import APIClient

from tests.support.multipart import CONTENT_TYPE, Part, encode

API = "/api/v1"
DATASETS = f"{API}/datasets"
UNKNOWN_ID = "00000000-0000-4000-8000-000000000000"


def make_dataset(client: APIClient, name: str = "Library", **fields: Any) -> dict[str, Any]:
    """Create a dataset."""
    answer = client.post(DATASETS, {"name": name, **fields})
    assert answer.status_code == 201, answer.content
    body: dict[str, Any] = answer.json()
    return body


def path_of(dataset: dict[str, Any]) -> str:
    """Return a dataset's path."""
    return f"{DATASETS}/{dataset['id']}"


def documents_of(dataset: dict[str, Any]) -> str:
    """Return the path of a dataset's documents."""
    return f"{DATASETS}/{dataset['id']}/documents"


def upload(client: APIClient, dataset: dict[str, Any], content: bytes, name: str = "notes.txt", **fields: str) -> Any:
    """Upload one file; further fields go along."""
    parts = [Part(field, value.encode()) for field, value in fields.items()]
    return upload_parts(client, dataset, Part("file", content, name), *parts)


def upload_parts(client: APIClient, dataset: dict[str, Any], *parts: Part, query: str = "") -> Any:
    """Upload files and fields."""
    return client.post(documents_of(dataset) + query, encode(*parts), content_type=CONTENT_TYPE)


def upload_text(client: APIClient, dataset: dict[str, Any], content: str, **fields: Any) -> Any:
    """Upload a text."""
    return client.post(documents_of(dataset), {"content": content, **fields})


def balance(client: APIClient) -> int:
    """Return the caller's credits."""
    credits: int = client.get(f"{API}/credits/balance").json()["credits"]
    return credits


def refusal(answer: Any) -> tuple[int, str]:
    """Return an error's status and code, having seen that it has the contract's shape."""
    body = json.loads(answer.content)
    assert set(body) == {"error", "code", "details"}, body
    assert isinstance(body["error"], str)
    assert body["error"]
    assert isinstance(body["details"], dict)
    return answer.status_code, body["code"]
