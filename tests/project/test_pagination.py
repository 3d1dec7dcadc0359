"""All lists are paged alike, and strictly."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from tests.support.api import API, DATASETS, documents_of, make_dataset, refusal, upload_text

pytestmark = pytest.mark.django_db(databases="__all__")

BAD = ["", " ", "-1", "1.0", "1e3", "+1", "0x10", "٣", "３", "five", "NaN", "null", "1 2", "9" * 400, "1\0"]


@pytest.fixture
def lists(alice_client: APIClient) -> dict[str, str]:
    """Every list of the API: its path by the name its items stand under."""
    dataset = make_dataset(alice_client)
    document = upload_text(alice_client, dataset, "Some text").json()
    return {
        "datasets": DATASETS,
        "documents": documents_of(dataset),
        "chunks": f"{documents_of(dataset)}/{document['document_id']}/chunks",
        "jobs": f"{DATASETS}/{dataset['id']}/jobs",
        "transactions": f"{API}/credits/transactions",
        "api_keys": f"{API}/api-keys",
    }


def test_every_list_has_the_one_shape(alice_client: APIClient, lists: dict[str, str]) -> None:
    for plural, path in lists.items():
        body = alice_client.get(path).json()

        assert set(body) == {plural, "total", "limit", "offset", "has_more"}
        assert (body["limit"], body["offset"], body["has_more"]) == (20, 0, False)
        assert body["total"] == len(body[plural])


@pytest.mark.parametrize("name", ["limit", "offset"])
def test_what_is_no_number_is_refused_by_every_list(alice_client: APIClient, lists: dict[str, str], name: str) -> None:
    answers = [alice_client.get(path, {name: value}) for path in lists.values() for value in BAD]

    assert {refusal(answer) for answer in answers} == {(400, "invalid_request")}
    assert {tuple(answer.json()["details"]) for answer in answers} == {(name,)}


@pytest.mark.parametrize("query", [{"limit": 0}, {"limit": 101}, {"limit": 2**31}, {"offset": 2**31}], ids=str)
def test_what_is_out_of_range_is_refused_and_never_clamped(
    alice_client: APIClient, lists: dict[str, str], query: Any
) -> None:
    answers = [alice_client.get(path, query) for path in lists.values()]

    assert {refusal(answer) for answer in answers} == {(400, "invalid_request")}


@pytest.mark.parametrize("query", [{"limit": 1}, {"limit": 100}, {"offset": 2**31 - 1}], ids=str)
def test_what_is_just_in_range_is_taken(alice_client: APIClient, lists: dict[str, str], query: dict[str, int]) -> None:
    bodies = [alice_client.get(path, query).json() for path in lists.values()]

    assert all(body.items() >= query.items() for body in bodies)


def test_a_page_tells_whether_there_is_more(alice_client: APIClient) -> None:
    for number in range(3):
        make_dataset(alice_client, f"Number {number}")

    pages = [alice_client.get(DATASETS, {"limit": 2, "offset": offset}).json() for offset in (0, 1, 2, 3)]

    assert [len(page["datasets"]) for page in pages] == [2, 2, 1, 0]
    assert [page["has_more"] for page in pages] == [True, False, False, False]
    assert {page["total"] for page in pages} == {3}
