"""Listing datasets: whose, which, in what order."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from tests.support.api import DATASETS, make_dataset, refusal

pytestmark = pytest.mark.django_db(databases="__all__")


def names(client: APIClient, **query: str) -> list[str]:
    answer = client.get(DATASETS, query)
    assert answer.status_code == 200, answer.content
    return [dataset["name"] for dataset in answer.json()["datasets"]]


@pytest.fixture
def _shelf(alice_client: APIClient, bob_client: APIClient) -> None:
    make_dataset(alice_client, "Alpha", description="Minutes of 50% meetings", category="work")
    make_dataset(bob_client, "Secret of Bob")
    make_dataset(bob_client, "Gamma", visibility="public", category="work")
    make_dataset(bob_client, "Delta", visibility="premium", category="fun")
    make_dataset(alice_client, "Beta", visibility="public", description="Under_scored")


@pytest.mark.usefixtures("_shelf")
class TestWithAShelf:
    def test_one_sees_ones_own_and_what_is_listed_for_all_newest_first(self, alice_client: APIClient) -> None:
        assert names(alice_client) == ["Beta", "Delta", "Gamma", "Alpha"]

    def test_anonymous_callers_see_what_is_listed_for_all(self, anonymous_client: APIClient) -> None:
        assert names(anonymous_client) == ["Beta", "Delta", "Gamma"]

    def test_owner_me_leaves_ones_own(self, alice_client: APIClient, bob_client: APIClient) -> None:
        assert names(alice_client, owner="me") == ["Beta", "Alpha"]
        assert names(bob_client, owner="me") == ["Delta", "Gamma", "Secret of Bob"]

    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ({"q": "ALPH"}, ["Alpha"]),
            ({"q": "minutes"}, ["Alpha"]),
            ({"q": "50%"}, ["Alpha"]),
            ({"q": "%"}, ["Alpha"]),
            ({"q": "r_s"}, ["Beta"]),
            ({"q": "secret"}, []),
            ({"q": ""}, ["Beta", "Delta", "Gamma", "Alpha"]),
            ({"category": "work"}, ["Gamma", "Alpha"]),
            ({"category": "WORK"}, []),
            ({"visibility": "public"}, ["Beta", "Gamma"]),
            ({"visibility": "private"}, ["Alpha"]),
            ({"visibility": "premium", "category": "fun"}, ["Delta"]),
            ({"status": "ready"}, ["Beta", "Delta", "Gamma", "Alpha"]),
            ({"status": "failed"}, []),
            ({"unknown": "filter"}, ["Beta", "Delta", "Gamma", "Alpha"]),
        ],
    )
    def test_filters_narrow(self, alice_client: APIClient, query: dict[str, str], expected: list[str]) -> None:
        assert names(alice_client, **query) == expected

    @pytest.mark.parametrize(
        ("ordering", "expected"),
        [
            ("name", ["Alpha", "Beta", "Delta", "Gamma"]),
            ("-name", ["Gamma", "Delta", "Beta", "Alpha"]),
            ("created_at", ["Alpha", "Gamma", "Delta", "Beta"]),
            ("-created_at", ["Beta", "Delta", "Gamma", "Alpha"]),
        ],
    )
    def test_the_order_can_be_chosen(self, alice_client: APIClient, ordering: str, expected: list[str]) -> None:
        assert names(alice_client, ordering=ordering) == expected

    def test_pages_show_everything_once(self, alice_client: APIClient) -> None:
        pages = [names(alice_client, limit="1", offset=str(offset)) for offset in range(5)]

        assert pages == [["Beta"], ["Delta"], ["Gamma"], ["Alpha"], []]

    def test_a_list_is_wrapped_as_all_lists_are(self, alice_client: APIClient) -> None:
        body = alice_client.get(DATASETS, {"limit": 3}).json()

        assert {field: body[field] for field in body if field != "datasets"} == {
            "total": 4,
            "limit": 3,
            "offset": 0,
            "has_more": True,
        }


@pytest.mark.parametrize(
    "query",
    [
        {"status": "unknown"},
        {"visibility": "Private"},
        {"owner": "bob"},
        {"ordering": "owner_id"},
        {"ordering": "name,-name"},
        {"q": "a\0b"},
        {"q": "q" * 201},
        {"category": "c" * 101},
    ],
    ids=str,
)
def test_a_filter_that_means_nothing_is_refused(alice_client: APIClient, query: dict[str, str]) -> None:
    answer = alice_client.get(DATASETS, query)

    assert refusal(answer) == (400, "invalid_request")
    assert list(answer.json()["details"]) == list(query)


def test_asking_for_ones_own_needs_an_account(anonymous_client: APIClient) -> None:
    answers = [anonymous_client.get(DATASETS, query) for query in ({"owner": "me"}, {"owner": "me", "status": "?"})]

    assert {refusal(answer) for answer in answers} == {(401, "authentication_required")}


def test_the_owner_of_a_dataset_may_be_gone(alice_client: APIClient, alice: Any, bob_client: APIClient) -> None:
    owner = make_dataset(alice_client, visibility="public")["owner"]
    alice.sessions.all().delete()
    alice.delete()

    listed = bob_client.get(DATASETS).json()["datasets"]

    assert listed[0]["owner"] == {"id": owner["id"], "name": None}
