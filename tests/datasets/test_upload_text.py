"""Uploading a text as JSON."""

import json
from typing import Any

import pytest
from rest_framework.test import APIClient

from tests.support.api import balance, documents_of, refusal, upload_text

pytestmark = pytest.mark.django_db(databases="__all__")


def test_a_text_becomes_a_document(alice_client: APIClient, dataset: dict[str, Any]) -> None:
    answer = upload_text(alice_client, dataset, "Ünïcödé", filename="notes.md", metadata={"year": 1999})

    body = answer.json()
    assert answer.status_code == 201
    assert (body["filename"], body["mime_type"], body["size_bytes"]) == ("notes.md", "text/markdown", 11)
    assert (body["status"], body["credits_charged"], body["metadata"]) == ("pending", 2, {"year": 1999})
    assert answer["X-Credits-Charged"] == "2"


def test_a_text_needs_no_name(alice_client: APIClient, dataset: dict[str, Any]) -> None:
    body = upload_text(alice_client, dataset, "Some text").json()

    assert (body["filename"], body["mime_type"]) == ("document.txt", "text/plain")


@pytest.mark.parametrize("character", ["x", "文", "😀"])
def test_a_million_characters_are_taken_however_they_are_escaped(
    alice_client: APIClient, dataset: dict[str, Any], character: str
) -> None:
    body = json.dumps({"content": character * 1_000_000}, ensure_ascii=True)

    answer = alice_client.post(documents_of(dataset), body, content_type="application/json")

    assert (answer.status_code, answer.json().get("size_bytes")) == (201, 1_000_000 * len(character.encode()))


BAD: dict[str, dict[str, Any]] = {
    "nothing": {},
    "null": {"content": None},
    "empty": {"content": ""},
    "a number": {"content": 5},
    "a boolean": {"content": True},
    "a list": {"content": ["Some text"]},
    "NUL inside": {"content": "a\0b"},
    "1,000,001 characters": {"content": "x" * 1_000_001},
}


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD)
def test_what_is_no_text_is_refused(alice_client: APIClient, dataset: dict[str, Any], bad: dict[str, Any]) -> None:
    answer = alice_client.post(documents_of(dataset), bad)

    assert refusal(answer) == (400, "invalid_request")
    assert list(answer.json()["details"]) == ["content"]
    assert balance(alice_client) == 98


@pytest.mark.parametrize("content", [" ", "\n\t\r\n", "\u00a0\u2003\u200b", "\ufeff"], ids=ascii)
def test_a_text_of_blanks_alone_is_refused_as_empty(
    alice_client: APIClient, dataset: dict[str, Any], content: str
) -> None:
    answer = upload_text(alice_client, dataset, content)

    assert refusal(answer) == (422, "unprocessable_document")
    assert balance(alice_client) == 98


@pytest.mark.parametrize(
    "fields", [{"filename": 5}, {"filename": None}, {"metadata": None}, {"metadata": "{}"}], ids=str
)
def test_other_fields_of_the_wrong_type_are_refused(
    alice_client: APIClient, dataset: dict[str, Any], fields: dict[str, Any]
) -> None:
    answer = upload_text(alice_client, dataset, "Some text", **fields)

    assert refusal(answer) == (400, "invalid_request")
    assert list(answer.json()["details"]) == list(fields)
