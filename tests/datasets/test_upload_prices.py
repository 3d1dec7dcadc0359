"""What an upload costs, by its size, and what happens without the credits."""

from typing import Any

import pytest
from django.test import override_settings
from rest_framework.test import APIClient

from credits.prices import price_of_document
from datasets import storage
from tests.support.api import balance, documents_of, refusal, upload, upload_parts, upload_text
from tests.support.clients import client_for
from tests.support.multipart import Part
from tests.support.people import make_user

pytestmark = pytest.mark.django_db(databases="__all__")

MB = 1_048_576


@pytest.mark.parametrize(
    ("size", "credits"),
    [
        (1, 2),
        (MB - 1, 2),
        (MB, 3),
        (5 * MB, 3),
        (5 * MB + 1, 6),
        (10 * MB, 6),
        (10 * MB + 1, 12),
        (25 * MB, 12),
        (25 * MB + 1, 25),
        (50 * MB, 25),
    ],
)
def test_the_price_goes_by_size(size: int, credits: int) -> None:
    assert price_of_document(size) == credits


@pytest.mark.parametrize(("size", "credits"), [(MB - 1, 2), (MB, 3)])
def test_an_upload_is_charged_by_its_bytes_exactly(
    alice_client: APIClient, dataset: dict[str, Any], size: int, credits: int
) -> None:
    answer = upload(alice_client, dataset, b"x" * size)

    assert (answer.status_code, answer.json()["size_bytes"], answer.json()["credits_charged"]) == (201, size, credits)
    assert answer["X-Credits-Charged"] == str(credits)


@pytest.mark.parametrize(("size", "status"), [(MB, 201), (MB + 1, 413)])
def test_the_limit_is_exact(alice_client: APIClient, dataset: dict[str, Any], size: int, status: int) -> None:
    with override_settings(MAX_UPLOAD_MB=1):
        answer = upload(alice_client, dataset, b"x" * size)

    assert answer.status_code == status


def test_a_file_over_the_limit_is_refused_with_the_limit(alice_client: APIClient, dataset: dict[str, Any]) -> None:
    with override_settings(MAX_UPLOAD_MB=1):
        answer = upload_parts(
            alice_client, dataset, Part("file", b"fine", "a.txt"), Part("file", b"x" * (MB + 1), "b.txt")
        )

    assert refusal(answer) == (413, "file_too_large")
    assert answer.json()["details"] == {"limit_mb": 1}
    assert alice_client.get(documents_of(dataset)).json()["total"] == 0
    assert balance(alice_client) == 98


def test_a_text_is_under_the_same_limit(alice_client: APIClient, dataset: dict[str, Any]) -> None:
    with override_settings(MAX_UPLOAD_MB=1):
        answer = upload_text(alice_client, dataset, "文" * 400_000)

    assert refusal(answer) == (413, "file_too_large")
    assert balance(alice_client) == 98


def test_without_enough_credits_nothing_is_stored() -> None:
    poor = client_for(make_user(credits=3))
    dataset = poor.post("/api/v1/datasets", {"name": "Library"}).json()

    answers = [upload(poor, dataset, b"Some text"), upload_text(poor, dataset, "Some text")]

    assert [refusal(answer) for answer in answers] == [(402, "insufficient_credits")] * 2
    assert answers[0].json()["details"] == {"required": 2, "available": 1, "source": "user"}
    assert "X-Credits-Charged" not in answers[0]
    assert poor.get(documents_of(dataset)).json()["total"] == 0
    assert not (storage.root() / dataset["id"]).exists()
    assert balance(poor) == 1


def test_several_files_are_all_paid_or_none() -> None:
    poor = client_for(make_user(credits=5))
    dataset = poor.post("/api/v1/datasets", {"name": "Library"}).json()

    answer = upload_parts(poor, dataset, Part("file", b"One", "a.txt"), Part("file", b"Two", "b.txt"))

    assert refusal(answer) == (402, "insufficient_credits")
    assert answer.json()["details"]["required"] == 4
    assert poor.get(documents_of(dataset)).json()["total"] == 0
    assert balance(poor) == 3


def test_what_is_wrong_is_told_before_what_it_would_cost(client_for: Any) -> None:
    poor = client_for(make_user(credits=2))
    dataset = poor.post("/api/v1/datasets", {"name": "Library"}).json()

    answers = {
        "an empty file": upload(poor, dataset, b""),
        "an empty text": upload_text(poor, dataset, ""),
        "broken metadata": upload(poor, dataset, b"x", metadata="["),
    }

    assert {what: answer.status_code for what, answer in answers.items()} == {
        "an empty file": 422,
        "an empty text": 400,
        "broken metadata": 400,
    }


def test_a_free_duplicate_needs_no_credits(client_for: Any) -> None:
    poor = client_for(make_user(credits=4))
    dataset = poor.post("/api/v1/datasets", {"name": "Library"}).json()
    upload(poor, dataset, b"Some text")

    answer = upload(poor, dataset, b"Some text")

    assert (answer.status_code, balance(poor)) == (200, 0)


@pytest.mark.parametrize(("enforcement", "warned"), [("warn", True), ("off", False)])
def test_without_enforcement_what_is_not_covered_is_free(enforcement: str, warned: bool) -> None:
    poor = client_for(make_user(credits=3))
    dataset = poor.post("/api/v1/datasets", {"name": "Library"}).json()

    with override_settings(CREDITS_ENFORCEMENT=enforcement):
        answer = upload(poor, dataset, b"Some text")

    assert (answer.status_code, answer["X-Credits-Charged"]) == (201, "0")
    assert ("X-Credits-Warning" in answer) is warned
    assert answer.json()["credits_charged"] == 0
    assert balance(poor) == 1
