"""Every answer bears the request's id."""

import uuid
from typing import Any

import pytest
from rest_framework.test import APIClient

from tests.support.api import DATASETS

pytestmark = pytest.mark.django_db(databases="__all__")

SANE = ["abc", "trace-1.2_3:4", "A" * 128, str(uuid.uuid4())]
INSANE = ["", " ", "A" * 129, "a b", "<script>", 'a"b', "ä", "a\tb", "a/b", "a;b", "a\r\nX-Evil: 1"]


@pytest.mark.parametrize("given", SANE)
def test_a_sane_id_comes_back(anonymous_client: APIClient, given: str) -> None:
    answer = anonymous_client.get(DATASETS, headers={"X-Request-ID": given})

    assert answer["X-Request-ID"] == given


@pytest.mark.parametrize("given", INSANE)
def test_another_id_takes_the_place_of_an_insane_one(anonymous_client: APIClient, given: str) -> None:
    answer = anonymous_client.get(DATASETS, headers={"X-Request-ID": given})

    assert str(uuid.UUID(answer["X-Request-ID"])) == answer["X-Request-ID"]


@pytest.mark.parametrize("path", ["/", "/health/live", "/nothing", DATASETS, f"{DATASETS}/nothing", "/api/schema"])
def test_every_answer_has_one(anonymous_client: APIClient, path: str) -> None:
    ids = {anonymous_client.get(path)["X-Request-ID"] for _ in range(2)}

    assert len(ids) == 2


def test_an_answer_to_an_unknown_host_has_one(client: Any) -> None:
    answer = client.get("/", headers={"Host": "evil.example", "X-Request-ID": "mine"})

    assert answer["X-Request-ID"] == "mine"
