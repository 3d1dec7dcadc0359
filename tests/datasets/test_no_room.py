"""A disk that is full costs nobody anything, leaves nothing behind, and is no fault of a document."""

import errno
import logging
import shutil
from collections import namedtuple
from typing import Any

import pytest
from django.db import OperationalError
from rest_framework.test import APIClient

from authbridge.shared.complaints import Complaints
from datasets import storage
from datasets.errors import VectorStoreUnavailable
from datasets.indexing import pipeline
from datasets.models import Document, ProcessingJob
from datasets.services import jobs, processing
from datasets.services.jobs import Ending
from tests.support.api import DATASETS, balance, refusal, upload, upload_text

pytestmark = pytest.mark.django_db(databases="__all__")

MEGABYTE = 1024 * 1024
Usage = namedtuple("Usage", "total used free")  # As shutil has it.


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a function that says how large the disk of the uploads is, and how much is free."""

    def say(total: int, free: int) -> None:
        monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(total, total - free, free))

    return say


class Stuck:
    """A file of which the disk has taken no more."""

    def __init__(self, file: Any) -> None:
        self.name, self._file = file.name, file

    def __enter__(self) -> "Stuck":
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def write(self, data: bytes) -> None:
        """Take half of it."""
        self._file.write(data[: len(data) // 2])
        raise OSError(errno.ENOSPC, "No space left on device")

    def close(self) -> None:
        """Close it."""
        self._file.close()


@pytest.fixture
def full(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have files in the folder of uploads in progress find no room, but for a part of them."""
    real = storage.tempfile.NamedTemporaryFile
    monkeypatch.setattr(storage.tempfile, "NamedTemporaryFile", lambda *args, **options: Stuck(real(*args, **options)))


@pytest.fixture
def job(alice_client: APIClient, dataset: Any, memory_vectors: Any) -> ProcessingJob:
    """A job in a worker's hands."""
    upload_text(alice_client, dataset, "Water boils at 100 degrees.")
    claimed = jobs.claim("worker")
    assert claimed
    return claimed


@pytest.mark.parametrize(("total", "free"), [(10**12, 64 * MEGABYTE), (50 * MEGABYTE, MEGABYTE)])
def test_the_last_of_a_disk_is_not_for_uploads(
    alice_client: APIClient, dataset: Any, disk: Any, total: int, free: int
) -> None:
    before = balance(alice_client)
    disk(total, free)

    answer = upload(alice_client, dataset, b"Too much.")

    assert refusal(answer) == (503, "service_unavailable")
    assert answer.headers["Retry-After"] == "30"
    assert (balance(alice_client), Document.objects.count()) == (before, 0)
    disk(total, free + 1)
    assert upload(alice_client, dataset, b"Too much.").status_code == 201


@pytest.mark.usefixtures("full")
def test_an_upload_that_finds_no_room_leaves_nothing_and_costs_nothing(alice_client: APIClient, dataset: Any) -> None:
    before = balance(alice_client)

    answers = [upload_text(alice_client, dataset, "Too much."), upload(alice_client, dataset, b"Too much.")]

    assert [refusal(answer) for answer in answers] == [(503, "service_unavailable")] * 2
    assert list(storage.incoming_folder().iterdir()) == []
    assert (balance(alice_client), Document.objects.count()) == (before, 0)


@pytest.mark.usefixtures("full")
def test_text_that_finds_no_room_leaves_no_part_of_itself() -> None:
    with pytest.raises(OSError, match="No space left"):
        storage.write_text("a/b/1", "A text that is too long.")

    assert list(storage.incoming_folder().iterdir()) == []


def test_the_files_of_what_is_deleted_go_first_so_that_its_vectors_can_go_from_a_full_disk(
    job: ProcessingJob, alice_client: APIClient, memory_vectors: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: Any, **options: Any) -> None:
        raise VectorStoreUnavailable from OSError(errno.ENOSPC, "No space left on device")

    processing.run(job)
    path = storage.path_of(Document.objects.get().object_key)
    assert alice_client.delete(f"{DATASETS}/{job.dataset_id}/documents/{job.document_id}").status_code == 204
    purge = jobs.claim("worker")
    with monkeypatch.context() as patch:
        patch.setattr(memory_vectors, "delete_document", fail)
        assert processing.attempt(purge) == Ending.WAITS

    assert not path.exists()


def sqlite_is_full() -> Exception:
    """Return what Django raises when SQLite finds no room."""
    error = OperationalError("database or disk is full")
    error.__cause__ = type("Cause", (Exception,), {"sqlite_errorname": "SQLITE_FULL"})()
    return error


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "there is no room left on the disk"),
        (sqlite_is_full(), "there is no room left on the disk"),
        (OperationalError("server closed the connection"), "a database does not answer"),
    ],
)
def test_a_job_waits_for_room_and_for_databases_and_that_is_no_retry(
    job: ProcessingJob, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, error: Exception, reason: str
) -> None:
    def fail(*args: Any) -> None:
        raise error

    monkeypatch.setattr(pipeline, "index", fail)
    monkeypatch.setattr(processing, "complaints", Complaints(30.0))
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            processing.run(job)
            ProcessingJob.objects.update(status="running")

    job.refresh_from_db()
    assert (job.retries, job.finished_at) == (0, None)
    assert job.waits_since
    assert [record.getMessage() for record in caplog.records] == [f"Job {job.id} waits: {reason}."]
    assert not any(record.exc_info for record in caplog.records)


def test_a_job_whose_end_could_not_be_written_is_done_again_and_that_is_no_retry(
    job: ProcessingJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: Any) -> bool:
        raise OperationalError("database or disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(jobs.leases, "finish", fail)
        with pytest.raises(OperationalError):
            processing.run(job)
    ProcessingJob.objects.update(lease_until="2020-01-01T00:00:00Z")

    again = jobs.claim("worker")

    assert again
    assert again.retries == 0
    processing.run(again)
    assert Document.objects.get().status == "ready"
