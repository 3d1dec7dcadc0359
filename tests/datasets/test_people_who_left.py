"""What is left of users who were deleted at the site harms nobody, and can be deleted."""

from io import StringIO
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connections
from rest_framework.test import APIClient

from authbridge.models import User
from credits.models import AuditEntry
from datasets.indexing.vector_store.base import VectorStore
from datasets.models import Dataset, ProcessingJob
from datasets.services.reconcile import reconcile
from tests.support.api import balance, make_dataset, upload_text
from tests.support.jobs import do_jobs
from tests.support.sql import execute

pytestmark = pytest.mark.django_db(databases="__all__")


def delete_at_the_site(user: User) -> None:
    execute("DELETE FROM users WHERE id = %s", user.id)


def delete_orphans(*arguments: str) -> str:
    output = StringIO()
    call_command("delete_orphans", *arguments, stdout=output)
    return output.getvalue()


@pytest.fixture
def kept(alice_client: APIClient) -> dict[str, Any]:
    """Alice, who stays, has a dataset."""
    return make_dataset(alice_client)


@pytest.fixture
def bobs_dataset(kept: dict[str, Any], bob: User, bob_client: APIClient, memory_vectors: VectorStore) -> Dataset:
    """Bob has left a dataset with a document that is ready."""
    dataset = make_dataset(bob_client)
    upload_text(bob_client, dataset, "Water boils at 100 degrees.")
    do_jobs()
    delete_at_the_site(bob)
    return Dataset.objects.get(id=dataset["id"])


def test_a_refund_that_is_due_to_nobody_stops_no_other(
    alice_client: APIClient, bob: User, bob_client: APIClient
) -> None:
    for client in (bob_client, alice_client):
        upload_text(client, make_dataset(client), "Water boils at 100 degrees.")
    ProcessingJob.objects.update(status="cancelled", refund_due=True)
    delete_at_the_site(bob)

    reconcile()

    assert balance(alice_client) == 98
    assert not ProcessingJob.objects.filter(refund_due=True).exists()


def test_datasets_of_people_who_left_are_deleted_with_their_vectors(
    kept: dict[str, Any], bobs_dataset: Dataset, memory_vectors: Any
) -> None:
    said = delete_orphans()
    do_jobs()

    assert said.splitlines()[-1] == "Deleted: 1 datasets."
    assert [str(dataset.id) for dataset in Dataset.objects.active()] == [kept["id"]]
    assert memory_vectors.count(bobs_dataset.collection_name, dataset_id=str(bobs_dataset.id)) == 0


def test_what_is_gone_is_named_in_the_log(
    kept: dict[str, Any], bobs_dataset: Dataset, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", logger="datasets")

    delete_orphans()
    do_jobs()

    assert f"Nothing is left of dataset {bobs_dataset.id}." in caplog.text


def test_one_may_look_first(bobs_dataset: Dataset) -> None:
    said = delete_orphans("--dry-run")

    assert said.splitlines() == [f"{bobs_dataset.id} of {bobs_dataset.owner_id}, 1 documents", "To delete: 1 datasets."]
    assert Dataset.objects.active().filter(id=bobs_dataset.id).exists()


def test_uploads_of_people_who_left_are_cancelled_with_their_dataset(
    kept: dict[str, Any], bob: User, bob_client: APIClient
) -> None:
    upload_text(bob_client, make_dataset(bob_client), "Water boils at 100 degrees.")
    delete_at_the_site(bob)

    delete_orphans()

    assert not ProcessingJob.objects.filter(kind="process").exclude(status="cancelled").exists()
    assert not ProcessingJob.objects.filter(refund_due=True).exists()


def test_where_nobody_would_keep_a_dataset_it_wants_to_be_told_twice(
    kept: dict[str, Any], alice: User, bobs_dataset: Dataset
) -> None:
    delete_at_the_site(alice)

    with pytest.raises(CommandError, match="If AUTH_DATABASE_URL names the right database"):
        delete_orphans()

    assert Dataset.objects.active().count() == 2
    assert delete_orphans("--even-all").endswith("Deleted: 2 datasets.\n")


def test_nobody_is_an_orphan_while_there_are_no_users_at_all_to_ask(bobs_dataset: Dataset) -> None:
    with connections[settings.AUTH_DB].cursor() as cursor:
        cursor.execute("DROP TABLE users" + (" CASCADE" if cursor.db.vendor == "postgresql" else ""))

    with pytest.raises(CommandError, match="There is no table `users`"):
        delete_orphans()

    assert Dataset.objects.active().filter(id=bobs_dataset.id).exists()


def test_what_is_deleted_by_hand_is_noted_dataset_by_dataset(bobs_dataset: Dataset) -> None:
    delete_orphans("--dry-run")
    assert not AuditEntry.objects.exists()

    delete_orphans()

    [entry] = AuditEntry.objects.filter(action="delete_dataset")
    assert (entry.actor_type, entry.subject_id, entry.user_id) == ("operator", bobs_dataset.id, bobs_dataset.owner_id)
    assert entry.before == {"lifecycle": "active", "documents": 1}
