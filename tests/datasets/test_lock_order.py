"""Whoever changes several rows of a dataset takes the dataset's first, so that no two wait for each other."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from credits.accounts import user_account
from credits.services import Payer
from datasets.models import Document, ProcessingJob
from datasets.models.document import DocumentStatus
from datasets.models.processing_job import JobStatus
from datasets.services import datasets, documents, jobs
from tests.support.api import upload_text

pytestmark = pytest.mark.django_db(databases="__all__")


def as_queued(job: ProcessingJob) -> None:
    """Leave the job as an upload leaves it."""


def as_leased(job: ProcessingJob) -> None:
    """Put the job into a worker's hands."""
    assert jobs.claim("worker") is not None
    job.refresh_from_db()


def as_unpaid(job: ProcessingJob) -> None:
    """Make the job what it is before its payment."""
    ProcessingJob.objects.filter(id=job.id).update(status=JobStatus.AWAITING_PAYMENT)


def as_failed(job: ProcessingJob) -> None:
    """Make the job and its document failed ones."""
    Document.objects.filter(id=job.document_id).update(status=DocumentStatus.FAILED)
    ProcessingJob.objects.filter(id=job.id).update(status=JobStatus.FAILED)


def payer_of(job: ProcessingJob) -> Payer:
    return Payer(user_account(job.payer_user_id))


Step = Callable[[ProcessingJob], Any]
VERBS: dict[str, tuple[Step, Step]] = {
    "enqueue": (as_unpaid, lambda job: jobs.enqueue(job, None)),
    "finish": (as_leased, lambda job: jobs.finish(job, jobs.Indexed(chunk_count=1, processing_time_ms=1))),
    "fail": (as_leased, lambda job: jobs.fail(job, jobs.GAVE_UP)),
    "cancel": (as_queued, lambda job: jobs.cancel(job)),
    "withdraw": (as_unpaid, lambda job: documents.withdraw(job)),
    "delete a document": (as_queued, lambda job: documents.delete_document(job.document)),
    "delete a dataset": (as_queued, lambda job: datasets.delete_dataset(job.dataset)),
    "retry": (as_failed, lambda job: documents.record_retry(uuid.uuid4(), job.document, payer_of(job))),
}


@pytest.mark.parametrize(("prepare", "do"), VERBS.values(), ids=VERBS)
def test_the_row_of_the_dataset_is_taken_first(
    alice_client: APIClient, dataset: dict[str, Any], prepare: Step, do: Step
) -> None:
    upload_text(alice_client, dataset, "Some text")
    job = ProcessingJob.objects.select_related("document", "dataset").get()
    prepare(job)

    with CaptureQueriesContext(connection) as queries:
        do(job)

    statements = [query["sql"] for query in queries if "SAVEPOINT" not in query["sql"]]
    assert statements[0].startswith('SELECT "datasets"."id"')
    assert statements[0].endswith("FOR NO KEY UPDATE") or connection.vendor == "sqlite"
    assert any('UPDATE "documents"' in statement for statement in statements)
