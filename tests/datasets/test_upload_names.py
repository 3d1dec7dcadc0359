"""A file's name is kept as it was sent, or refused; it is never mended silently."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from tests.support.api import balance, documents_of, refusal, upload, upload_text

pytestmark = pytest.mark.django_db(databases="__all__")

GOOD = [
    "notes.txt",
    "no ending",
    "😀.txt",
    "\u202egnp.txt",
    "a%00b.txt",
    "&#47;.txt",
    "خ.txt",
    "n" * 251 + ".txt",
    "n." + "t" * 253,
    "😀." + "文" * 253,
]
BAD = {
    "slash": "folder/notes.txt",
    "absolute path": "/etc/passwd",
    "climbing path": "../../notes.txt",
    "backslash": "folder\\notes.txt",
    "NUL": "no\0tes.txt",
    "tab": "no\ttes.txt",
    "delete": "no\x7ftes.txt",
    "next line": "no\x85tes.txt",
    "only dots": "...",
    "this folder": ".",
    "300 characters": "n" * 296 + ".txt",
}


@pytest.mark.parametrize("name", GOOD)
def test_a_file_keeps_its_name(alice_client: APIClient, dataset: dict[str, Any], name: str) -> None:
    answer = upload(alice_client, dataset, b"Some text", name)

    assert (answer.status_code, answer.json().get("filename")) == (201, name)


@pytest.mark.parametrize("name", BAD.values(), ids=BAD)
def test_a_name_that_is_no_file_name_is_refused_in_every_way_in(
    alice_client: APIClient, dataset: dict[str, Any], name: str
) -> None:
    document = upload(alice_client, dataset, b"Some text").json()
    before = balance(alice_client)

    answers = {
        "file": upload(alice_client, dataset, b"Other text", name),
        "filename": upload_text(alice_client, dataset, "More text", filename=name),
        "name": alice_client.patch(f"{documents_of(dataset)}/{document['document_id']}", {"filename": name}),
    }

    assert {refusal(answer) for answer in answers.values()} == {(400, "invalid_request")}
    assert [list(answer.json()["details"]) for answer in answers.values()] == [["file"], ["filename"], ["filename"]]
    assert balance(alice_client) == before


def test_a_name_of_blanks_is_refused(alice_client: APIClient, dataset: dict[str, Any]) -> None:
    answer = upload(alice_client, dataset, b"Some text", "   ")

    assert refusal(answer) == (400, "invalid_request")
