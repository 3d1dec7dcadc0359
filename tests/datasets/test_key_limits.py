"""An API key's limits hold for everything that is paid for with it."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from authbridge.models import User
from credits.models import ApiKeyCredits
from datasets.models import Document, ProcessingJob
from tests.support.api import make_dataset, refusal, upload_text
from tests.support.clients import client_with_token

pytestmark = pytest.mark.django_db(databases="__all__")


@pytest.fixture
def limited_client(alice_client: APIClient, alice: User) -> APIClient:
    """Calls with a key of Alice's that may spend three credits a day."""
    secret = alice_client.post("/api/v1/api-keys", {"name": "Limited"}).json()["key"]
    ApiKeyCredits.objects.filter(user_id=alice.id).update(daily_limit=3)
    return client_with_token(secret)


def test_a_limit_holds_for_datasets(limited_client: APIClient) -> None:
    make_dataset(limited_client, "First")

    answer = limited_client.post("/api/v1/datasets", {"name": "Second"})

    assert refusal(answer) == (402, "daily_limit_reached")
    assert answer.json()["details"]["available"] == 1
    assert limited_client.get("/api/v1/datasets").json()["total"] == 1


def test_a_limit_holds_for_uploads(limited_client: APIClient, dataset: dict[str, Any]) -> None:
    assert upload_text(limited_client, dataset, "One text.").status_code == 201

    answer = upload_text(limited_client, dataset, "Another text.")

    assert refusal(answer) == (402, "daily_limit_reached")


def test_a_refused_upload_leaves_nothing(limited_client: APIClient, dataset: dict[str, Any]) -> None:
    upload_text(limited_client, dataset, "One text.")

    upload_text(limited_client, dataset, "Another text.")

    assert Document.objects.count() == 1
    assert not ProcessingJob.objects.filter(status="awaiting_payment").exists()
