"""Real files on their whole way: uploaded, processed, found; or refused, or failed with a reason, and then free."""

import os
from pathlib import Path
from typing import Any

import pytest
from django.test import override_settings
from rest_framework.test import APIClient

from tests.support.api import API, balance, documents_of, refusal, upload
from tests.support.jobs import do_jobs

PROJECT = Path(__file__).parents[2]
FILES = Path(os.environ.get("FLTR_TEST_DATA") or PROJECT.parent / "shared" / "data") / "files"

pytestmark = [
    pytest.mark.django_db(databases="__all__"),
    pytest.mark.skipif(not FILES.is_dir(), reason="No test data beside the project: real files were not uploaded."),
]

# What is in each, and a question that only it answers.
READABLE = {
    "mk_test.pdf": "multi-agent conversation framework of large language models",
    "mk_complex_layout.docx": "authentication active status",
    "mk_test.pptx": "AutoGen: Enabling Next-Gen LLM Applications",
    "mk_complex.xlsx": "sales in February",
    "mk_blog.html": "experiment setup for hyperparameters",
    "src_serializers.md": "hyperlinked model serializer",
    "pp_crazyones.txt": "the round pegs in the square holes",
    "mk_cp932.csv": "髙橋淳",
    "mk_test.json": "key3 list_value1",
    "src_python.py": "def escape_sqlite",
}
REFUSED = {
    "zero_bytes.txt": 422,
    "zero_bytes.pdf": 422,
    "whitespace_only.txt": 422,
    "enc_password_is_pass.docx": 422,
    "png_named.txt": 415,
}
FAILED = {
    "truncated.docx": "damaged_file",
    "enc_r3_user_password.pdf": "password_protected",
    "bomb_200MB.docx": "expands_too_far",
    "billion_laughs.docx": "unsafe_xml",
    "xxe.docx": "unsafe_xml",
    "mk_scan_no_text_layer.pdf": "no_text_layer",
    "dx_blank_template.docx": "empty_document",
}


def send(client: APIClient, dataset: dict[str, Any], name: str) -> Any:
    return upload(client, dataset, (FILES / name).read_bytes(), name)


@pytest.mark.parametrize(("name", "status"), REFUSED.items())
def test_what_can_be_refused_at_first_sight_is_and_costs_nothing(
    alice_client: APIClient, dataset: dict[str, Any], name: str, status: int
) -> None:
    answer = send(alice_client, dataset, name)

    code = {415: "unsupported_media_type", 422: "unprocessable_document"}[status]
    assert refusal(answer) == (status, code)
    assert "X-Credits-Charged" not in answer
    assert alice_client.get(documents_of(dataset)).json()["total"] == 0
    assert balance(alice_client) == 98


@pytest.mark.usefixtures("memory_vectors")
@pytest.mark.parametrize(("name", "code"), FAILED.items())
def test_what_turns_out_unreadable_fails_with_a_reason_or_is_refused_and_costs_nothing(
    alice_client: APIClient, dataset: dict[str, Any], name: str, code: str
) -> None:
    answer = send(alice_client, dataset, name)
    do_jobs()

    if answer.status_code == 201:
        body = alice_client.get(f"{documents_of(dataset)}/{answer.json()['document_id']}").json()
        assert (body["status"], body["error"]["code"], body["credits_charged"]) == ("failed", code, 0)
        assert body["error"]["message"].endswith(".")
    else:
        assert answer.json()["details"]["reason"] == code
    assert balance(alice_client) == 98


@pytest.mark.usefixtures("vector_engine")
def test_files_of_every_kind_become_ready_and_answer_questions(
    alice_client: APIClient, dataset: dict[str, Any]
) -> None:
    for name in READABLE:
        assert send(alice_client, dataset, name).status_code == 201
    do_jobs()

    documents = alice_client.get(documents_of(dataset), {"limit": 100}).json()["documents"]
    assert {document["filename"]: document["status"] for document in documents} == dict.fromkeys(READABLE, "ready")
    with override_settings(CREDITS_ENFORCEMENT="off"):
        answers = {name: best(alice_client, dataset, question) for name, question in READABLE.items()}
    assert answers == {name: name for name in READABLE}


@pytest.mark.usefixtures("memory_vectors")
def test_a_file_is_what_it_holds_and_not_what_its_name_says(alice_client: APIClient, dataset: dict[str, Any]) -> None:
    answer = send(alice_client, dataset, "pdf_named.docx")
    do_jobs()

    body = alice_client.get(f"{documents_of(dataset)}/{answer.json()['document_id']}").json()
    assert (body["mime_type"], body["status"]) == ("application/pdf", "ready")


def best(client: APIClient, dataset: dict[str, Any], question: str) -> str:
    answer = client.post(f"{API}/mcp/query", {"query": question, "dataset_id": dataset["id"], "limit": 1})
    filename: str = answer.json()["results"][0]["filename"]
    return filename


@pytest.mark.usefixtures("memory_vectors")
@pytest.mark.parametrize("name", ["mk_test.pdf", "mk_cp932.csv", "nul_bytes.txt", "latin1.txt", "pp_multilang.pdf"])
def test_offsets_of_any_file_point_into_its_content(
    alice_client: APIClient, dataset: dict[str, Any], name: str
) -> None:
    path = f"{documents_of(dataset)}/{send(alice_client, dataset, name).json()['document_id']}"
    do_jobs()

    content = alice_client.get(f"{path}/content").json()["content"]
    chunks = alice_client.get(f"{path}/chunks", {"limit": 100}).json()["chunks"]

    assert chunks
    assert all(content[chunk["start_char"] : chunk["end_char"]] == chunk["content"] for chunk in chunks)
    assert {chunk["page"] is not None for chunk in chunks} == {name.endswith(".pdf")}
