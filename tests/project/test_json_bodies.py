"""JSON bodies: read strictly, refused in one shape."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from tests.support.api import API, DATASETS, make_dataset, refusal

pytestmark = pytest.mark.django_db(databases="__all__")

JSON = "application/json"
BAD = {
    "cut off": b"{",
    "empty text": b" ",
    "NaN": b'{"name": NaN}',
    "half a surrogate pair": b'{"name": "\\ud800"}',
    "not UTF-8": b'{"name": "\xff"}',
    "UTF-16": '{"name": "Notes"}'.encode("utf-16"),
    "two values": b"{}{}",
    "101 levels": b'{"name": "Notes", "more": ' + b"[" * 100 + b"]" * 100 + b"}",
    "1,000 levels": b'{"name": "Notes", "metadata": {"a": ' + b"[" * 1_000 + b"]" * 1_000 + b"}}",
    "a million levels": b"[" * 1_000_000,
}


@pytest.mark.parametrize("body", BAD.values(), ids=BAD)
def test_what_is_no_good_json_is_refused(alice_client: APIClient, body: bytes) -> None:
    answer = alice_client.post(DATASETS, body, content_type=JSON)

    assert refusal(answer) == (400, "invalid_request")


@pytest.mark.parametrize("body", [b"[]", b'"text"', b"5", b"true", b"null", b"[{}]"])
def test_a_body_that_is_no_object_is_refused(alice_client: APIClient, body: bytes) -> None:
    dataset = make_dataset(alice_client)
    paths = [
        ("post", DATASETS),
        ("patch", f"{DATASETS}/{dataset['id']}"),
        ("post", f"{DATASETS}/{dataset['id']}/documents"),
        ("post", f"{DATASETS}/{dataset['id']}/query"),
        ("post", f"{API}/mcp/query"),
        ("post", f"{API}/mcp/batch-query"),
        ("post", f"{API}/embeddings/search"),
        ("post", f"{API}/api-keys"),
    ]

    answers = [getattr(alice_client, method)(path, body, content_type=JSON) for method, path in paths]

    assert {refusal(answer) for answer in answers} == {(400, "invalid_request")}


def test_a_body_is_read_with_or_without_a_charset(alice_client: APIClient) -> None:
    answer = alice_client.post(DATASETS, '{"name": "Übersicht"}'.encode(), content_type=f"{JSON}; charset=latin-1")

    assert answer.json()["name"] == "Übersicht"


@pytest.mark.parametrize("content_type", ["application/x-www-form-urlencoded", "text/plain", "application/xml", "/;;"])
def test_bodies_of_other_kinds_are_refused(alice_client: APIClient, content_type: str) -> None:
    answer = alice_client.post(DATASETS, b"name=Notes", content_type=content_type)

    assert refusal(answer) == (415, "unsupported_media_type")


def test_a_body_beyond_any_use_is_refused_as_too_large(alice_client: APIClient, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000

    answer = alice_client.post(DATASETS, {"name": "Notes", "description": "x" * 1_000})

    assert refusal(answer) == (413, "file_too_large")


def test_unknown_and_read_only_fields_are_ignored(alice_client: APIClient) -> None:
    dataset = make_dataset(alice_client, slug="mine", status="failed", document_count=7, id="x", owner=None, new=[1])

    assert (dataset["slug"], dataset["status"], dataset["document_count"]) == ("library", "ready", 0)
