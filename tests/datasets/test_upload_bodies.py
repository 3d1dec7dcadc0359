"""What an upload's body may look like, and what of it must be whole."""

import json
from typing import Any

import pytest
from rest_framework.test import APIClient

from tests.support.api import balance, documents_of, refusal, upload, upload_parts
from tests.support.multipart import BOUNDARY, CONTENT_TYPE, Part, encode

pytestmark = pytest.mark.django_db(databases="__all__")

FILE = Part("file", b"Some text", "notes.txt")
OTHER = Part("file", b"Other text", "other.txt")


def send(client: APIClient, dataset: dict[str, Any], body: bytes, content_type: str = CONTENT_TYPE) -> Any:
    return client.post(documents_of(dataset), body, content_type=content_type)


def test_one_file_answers_with_the_bare_document(alice_client: APIClient, dataset: dict[str, Any]) -> None:
    answer = upload(alice_client, dataset, b"Some text", metadata='{"year": 1999}')

    body = answer.json()
    assert answer.status_code == 201
    assert body["dataset_id"] == dataset["id"]
    assert (body["status"], body["size_bytes"], body["credits_charged"]) == ("pending", 9, 2)
    assert body["metadata"] == {"year": 1999}
    assert body["error"] is None


def test_an_upload_answers_with_its_receipt(alice_client: APIClient, dataset: dict[str, Any]) -> None:
    answer = upload(alice_client, dataset, b"Some text")

    newest = alice_client.get("/api/v1/credits/transactions").json()["transactions"][0]
    assert (answer["X-Credits-Charged"], answer["X-Credits-Remaining"]) == ("2", "96")
    assert answer["X-Credit-Transaction"] == newest["id"]
    assert newest["resource_id"] == answer.json()["document_id"]


def test_several_files_answer_with_a_list_and_all_receipts(alice_client: APIClient, dataset: dict[str, Any]) -> None:
    answer = upload_parts(alice_client, dataset, FILE, OTHER, Part("metadata", b'{"both": true}'))

    documents = answer.json()["documents"]
    assert answer.status_code == 201
    assert [document["filename"] for document in documents] == ["notes.txt", "other.txt"]
    assert [document["metadata"] for document in documents] == [{"both": True}] * 2
    assert answer["X-Credits-Charged"] == "4"
    assert len(answer["X-Credit-Transaction"].split(",")) == 2


def test_one_bad_file_among_several_leaves_nothing(alice_client: APIClient, dataset: dict[str, Any]) -> None:
    answer = upload_parts(alice_client, dataset, FILE, Part("file", b"", "empty.txt"))

    assert refusal(answer) == (422, "unprocessable_document")
    assert alice_client.get(documents_of(dataset)).json()["total"] == 0
    assert balance(alice_client) == 98


def test_too_many_files_at_once_are_refused_with_how_many_may_come(
    alice_client: APIClient, dataset: dict[str, Any]
) -> None:
    answer = upload_parts(alice_client, dataset, *[FILE] * 101)

    assert refusal(answer) == (400, "invalid_request")
    assert "100 files" in answer.json()["error"]


@pytest.mark.parametrize(
    "parts",
    [[], [Part("upload", b"Some text", "notes.txt")], [Part("file", b"not a file")], [Part("file", b"Some text", "")]],
    ids=["nothing", "another field", "a field without a file", "a file without a name"],
)
def test_an_upload_without_a_file_is_refused(
    alice_client: APIClient, dataset: dict[str, Any], parts: list[Part]
) -> None:
    answer = upload_parts(alice_client, dataset, *parts)

    assert refusal(answer) == (400, "invalid_request")
    assert list(answer.json()["details"]) == ["file"]


BAD_METADATA = {
    "not JSON": "{",
    "an array": "[1]",
    "half a surrogate pair": '{"a": "\\ud800"}',
    "a string": '"text"',
    "null": "null",
    "NUL inside": '{"a": "\\u0000"}',
    "NUL in a name": '{"\\u0000": 1}',
    "over 16 KB": json.dumps({"a": "x" * 16_384}),
    "21 levels": '{"a":' * 20 + "[]" + "}" * 20,
    "1,000 levels": '{"a":' + "[" * 1_000 + "]" * 1_000 + "}",
    "100,000 levels": '{"a":' + "[" * 100_000 + "]" * 100_000 + "}",
}


@pytest.mark.parametrize("metadata", BAD_METADATA.values(), ids=BAD_METADATA)
def test_bad_metadata_is_refused_before_anything_is_kept(
    alice_client: APIClient, dataset: dict[str, Any], metadata: str
) -> None:
    answer = upload(alice_client, dataset, b"Some text", metadata=metadata)

    assert refusal(answer) == (400, "invalid_request")
    assert list(answer.json()["details"]) == ["metadata"]
    assert balance(alice_client) == 98


def test_metadata_sent_as_a_file_is_refused(alice_client: APIClient, dataset: dict[str, Any]) -> None:
    answer = upload_parts(alice_client, dataset, FILE, Part("metadata", b'{"a": 1}', "blob"))

    assert refusal(answer) == (400, "invalid_request")
    assert list(answer.json()["details"]) == ["metadata"]


@pytest.mark.parametrize(
    "value", ["x" * 16_300, "é" * 8_100, "a written \\u0000"], ids=["16 KB", "16 KB of UTF-8", "no NUL"]
)
def test_metadata_may_have_16_kb_and_any_text(alice_client: APIClient, dataset: dict[str, Any], value: str) -> None:
    answer = upload(alice_client, dataset, b"Some text", metadata=json.dumps({"a": value}))

    assert (answer.status_code, answer.json().get("metadata")) == (201, {"a": value})


def test_blank_metadata_is_none(alice_client: APIClient, dataset: dict[str, Any]) -> None:
    answer = upload(alice_client, dataset, b"Some text", metadata=" ")

    assert (answer.status_code, answer.json()["metadata"]) == (201, {})


def test_a_body_cut_short_after_its_first_file_is_refused_whole(
    alice_client: APIClient, dataset: dict[str, Any]
) -> None:
    whole = encode(FILE, OTHER)

    answer = send(alice_client, dataset, whole[: whole.index(b"Other text") + 3])

    assert refusal(answer) == (400, "invalid_request")
    assert alice_client.get(documents_of(dataset)).json()["total"] == 0
    assert balance(alice_client) == 98


def test_a_body_that_lost_its_metadata_on_the_way_is_refused(alice_client: APIClient, dataset: dict[str, Any]) -> None:
    whole = encode(FILE, Part("metadata", b'{"year": 1999}'))

    answer = send(alice_client, dataset, whole[: whole.index(b"1999")])

    assert refusal(answer) == (400, "invalid_request")


@pytest.mark.parametrize("charset", ["hex", "undefined", "idna", "rot13", "zlib", "utf-16", "latin-1", "no-such"])
def test_a_body_is_utf_8_whatever_charset_it_names(
    alice_client: APIClient, dataset: dict[str, Any], charset: str
) -> None:
    body = encode(Part("file", b"Some text", "Übersicht.txt"))

    answer = send(alice_client, dataset, body, f"{CONTENT_TYPE}; charset={charset}")

    assert (answer.status_code, answer.json().get("filename")) == (201, "Übersicht.txt")


def test_media_types_are_read_in_any_case(alice_client: APIClient, dataset: dict[str, Any]) -> None:
    answer = send(alice_client, dataset, encode(FILE), f"Multipart/Form-Data; boundary={BOUNDARY}")

    assert answer.status_code == 201


@pytest.mark.parametrize(
    "content_type", ["multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=Übel"]
)
def test_a_multipart_body_without_a_good_boundary_is_refused(
    alice_client: APIClient, dataset: dict[str, Any], content_type: str
) -> None:
    answer = send(alice_client, dataset, encode(FILE), content_type)

    assert refusal(answer) == (400, "invalid_request")


@pytest.mark.parametrize("content_type", ["multipart/mixed; boundary=x", "text/plain", "application/pdf"])
def test_bodies_of_other_kinds_are_refused(alice_client: APIClient, dataset: dict[str, Any], content_type: str) -> None:
    answer = send(alice_client, dataset, encode(FILE), content_type)

    assert refusal(answer) == (415, "unsupported_media_type")


def test_an_unknown_way_to_treat_duplicates_is_refused(alice_client: APIClient, dataset: dict[str, Any]) -> None:
    answer = upload_parts(alice_client, dataset, FILE, query="?duplicates=perhaps")

    assert refusal(answer) == (400, "invalid_request")
    assert list(answer.json()["details"]) == ["duplicates"]
