"""All files of one account together may be limited."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from datasets.models import Document
from datasets.services import documents
from tests.support.api import balance, make_dataset, upload_text

pytestmark = pytest.mark.django_db(databases="__all__")


@pytest.fixture(autouse=True)
def _small_gigabytes(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.MAX_STORAGE_GB = 1
    monkeypatch.setattr(documents, "GIGABYTE", 100)


def test_what_would_be_too_much_is_refused_with_what_is_used(alice_client: APIClient) -> None:
    datasets = [make_dataset(alice_client, name) for name in ("One", "Two")]
    assert upload_text(alice_client, datasets[0], "a" * 60).status_code == 201
    before = balance(alice_client)

    refused = upload_text(alice_client, datasets[1], "b" * 41)

    assert (refused.status_code, refused.json()["code"]) == (413, "file_too_large")
    assert refused.json()["details"] == {"limit_gb": 1, "used_bytes": 60, "wanted_bytes": 41}
    assert balance(alice_client) == before
    assert upload_text(alice_client, datasets[1], "b" * 40).status_code == 201


def test_others_are_not_counted(alice_client: APIClient, bob_client: APIClient) -> None:
    assert upload_text(alice_client, make_dataset(alice_client), "a" * 100).status_code == 201

    assert upload_text(bob_client, make_dataset(bob_client), "b" * 100).status_code == 201


def test_what_is_deleted_makes_room(alice_client: APIClient) -> None:
    dataset = make_dataset(alice_client)
    document = upload_text(alice_client, dataset, "a" * 100).json()
    alice_client.delete(f"/api/v1/datasets/{dataset['id']}/documents/{document['document_id']}")

    assert upload_text(alice_client, dataset, "b" * 100).status_code == 201


def test_the_same_again_takes_no_room(alice_client: APIClient) -> None:
    dataset = make_dataset(alice_client)
    upload_text(alice_client, dataset, "a" * 100)

    assert upload_text(alice_client, dataset, "a" * 100).status_code == 200
    assert Document.objects.count() == 1


def test_without_a_limit_nothing_is_summed(alice_client: APIClient, settings: Any) -> None:
    settings.MAX_STORAGE_GB = 0

    assert upload_text(alice_client, make_dataset(alice_client), "a" * 1000).status_code == 201
