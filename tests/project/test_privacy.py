"""Answers of the API are for one caller, so nobody on the way keeps them."""

import pytest
from rest_framework.test import APIClient

from tests.support.api import API, DATASETS

pytestmark = pytest.mark.django_db(databases="__all__")


@pytest.mark.parametrize("path", [DATASETS, f"{API}/credits/balance", f"{API}/nothing", f"{DATASETS}/nothing"])
def test_no_answer_is_to_be_kept(alice_client: APIClient, path: str) -> None:
    assert alice_client.get(path)["Cache-Control"] == "private, no-store"


def test_a_new_key_is_not_to_be_kept(alice_client: APIClient) -> None:
    answer = alice_client.post(f"{API}/api-keys", {"name": "laptop"})

    assert (answer.status_code, answer["Cache-Control"]) == (201, "private, no-store")


def test_an_account_that_is_asked_for_is_not_to_be_kept(anonymous_client: APIClient) -> None:
    assert anonymous_client.get(f"{API}/credits/balance")["Cache-Control"] == "private, no-store"


def test_what_is_the_same_for_everybody_may_be_kept(anonymous_client: APIClient) -> None:
    assert "no-store" not in anonymous_client.get("/api/schema").get("Cache-Control", "")
