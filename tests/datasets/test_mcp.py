"""What AI applications are told of this service."""

import pytest
from rest_framework.test import APIClient

from tests.support.api import API, make_dataset, refusal

pytestmark = pytest.mark.django_db(databases="__all__")


def test_the_datasets_that_can_be_asked_are_listed_newest_first(alice_client: APIClient, bob_client: APIClient) -> None:
    make_dataset(bob_client, "Private of Bob")
    make_dataset(bob_client, "Premium of Bob", visibility="premium")
    public = make_dataset(bob_client, "Public of Bob", visibility="public", description="For all")
    own = make_dataset(alice_client, "Private of Alice")

    body = alice_client.get(f"{API}/mcp/datasets").json()

    assert [dataset["id"] for dataset in body["datasets"]] == [own["id"], public["id"]]
    assert body["datasets"][1] == {
        name: public[name] for name in ("id", "name", "slug", "description", "document_count", "status")
    }
    assert (body["total"], body["has_more"]) == (2, False)


def test_listing_what_can_be_asked_needs_an_account(anonymous_client: APIClient) -> None:
    assert refusal(anonymous_client.get(f"{API}/mcp/datasets")) == (401, "authentication_required")


def test_the_manifest_is_for_everybody_and_names_the_tools(anonymous_client: APIClient) -> None:
    answer = anonymous_client.get(f"{API}/mcp/manifest")

    tools = {tool["name"]: tool for tool in answer.json()["tools"]}
    assert answer.status_code == 200
    assert set(tools) == {"search_dataset", "list_datasets", "get_dataset_info", "batch_search_datasets"}
    assert tools["search_dataset"]["url"] == "http://testserver/api/v1/mcp/query"
