"""Whatever a job comes to, its document says so and nobody pays for one that is not ready."""

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from authbridge.models import User
from credits.errors import InsufficientCredits
from datasets import storage
from datasets.errors import VectorStoreUnavailable
from datasets.extraction.base import ExtractionError
from datasets.indexing import pipeline
from datasets.indexing.chunking import Chunk
from datasets.models import Document, ProcessingJob
from datasets.services import datasets, documents, jobs, processing
from datasets.services.reconcile import reconcile
from tests.support import dying
from tests.support.api import balance, path_of, upload_text
from tests.support.jobs import do_jobs

pytestmark = pytest.mark.django_db(databases="__all__")

BEFORE, AFTER = 98, 96  # What Alice has left once her dataset is paid, and the document too.


@pytest.fixture
def job(alice_client, dataset, memory_vectors):
    """A job in a worker's hands."""
    upload_text(alice_client, dataset, "Water boils at 100 degrees.")
    return jobs.claim("worker")


def breaking(monkeypatch, error):
    def fail(*args):
        raise error

    monkeypatch.setattr(pipeline, "index", fail)


def a_chunk(index):
    return Chunk(index=index, text="Water", start_char=0, end_char=5, page=None)


def now_as(model):
    return model.objects.get()


def test_looking_for_a_job_where_none_is_due_is_one_question_and_locks_nothing(django_assert_num_queries):
    with django_assert_num_queries(1, using="default"):
        assert jobs.claim("worker") is None


def test_a_job_whose_document_cannot_be_marked_is_not_claimed(alice_client, dataset, monkeypatch):
    upload_text(alice_client, dataset, "Water boils at 100 degrees.")

    def fail(job):
        raise OSError

    monkeypatch.setattr(jobs, "document_of", fail)
    with pytest.raises(OSError):
        jobs.claim("worker")

    assert now_as(ProcessingJob).status == "queued"


def test_a_claimed_jobs_document_is_processing(job):
    assert now_as(Document).status == "processing"


def test_a_job_that_is_done_makes_its_document_ready(job, alice_client):
    processing.run(job)

    document = now_as(Document)
    assert (now_as(ProcessingJob).status, document.status, document.version) == ("succeeded", "ready", 1)
    assert (document.chunk_count, document.error) == (1, None)
    assert balance(alice_client) == AFTER


def test_a_file_that_cannot_be_read_fails_and_gives_its_price_back(job, alice_client, monkeypatch):
    breaking(monkeypatch, ExtractionError("damaged_file", "The file is damaged."))

    processing.run(job)

    reason = {"code": "damaged_file", "message": "The file is damaged."}
    assert (now_as(ProcessingJob).status, now_as(ProcessingJob).error) == ("failed", reason)
    assert (now_as(Document).status, now_as(Document).error) == ("failed", reason)
    assert balance(alice_client) == BEFORE


def test_what_a_crash_keeps_back_of_a_failed_document_reconcile_gives(job, alice_client, monkeypatch):
    breaking(monkeypatch, ExtractionError("damaged_file", "The file is damaged."))
    monkeypatch.setattr(jobs, "settle_refunds", lambda *args, **reason: None)
    processing.run(job)
    assert balance(alice_client) == AFTER

    reconcile()

    assert balance(alice_client) == BEFORE


def test_a_job_that_fails_by_our_fault_is_tried_again(job, alice_client, monkeypatch):
    breaking(monkeypatch, RuntimeError("A bug."))

    processing.run(job)

    assert (now_as(ProcessingJob).status, now_as(ProcessingJob).retries) == ("queued", 1)
    assert balance(alice_client) == AFTER


def test_after_its_last_retry_it_fails_and_gives_its_price_back(job, alice_client, monkeypatch):
    breaking(monkeypatch, RuntimeError("A bug."))
    ProcessingJob.objects.update(retries=jobs.MAX_RETRIES)
    job.refresh_from_db()

    processing.run(job)

    assert (now_as(Document).status, now_as(Document).error) == ("failed", jobs.GAVE_UP)
    assert balance(alice_client) == BEFORE


def test_a_job_whose_workers_kept_dying_is_not_begun_again(job, monkeypatch):
    begun = []
    monkeypatch.setattr(pipeline, "index", lambda *args: begun.append(args))
    ProcessingJob.objects.update(retries=jobs.MAX_RETRIES + 1)
    job.refresh_from_db()

    processing.run(job)

    assert begun == []
    assert now_as(Document).error == jobs.GAVE_UP


def test_a_job_waits_for_a_store_that_is_away_and_that_is_no_retry(job, alice_client, monkeypatch):
    breaking(monkeypatch, VectorStoreUnavailable("Away."))

    processing.run(job)

    waiting = now_as(ProcessingJob)
    assert (waiting.status, waiting.retries) == ("queued", 0)
    assert waiting.run_after > timezone.now()
    assert balance(alice_client) == AFTER


def waiting_since(job, moment):
    ProcessingJob.objects.update(waits_since=moment)
    job.refresh_from_db()


def an_hour_ago():
    return timezone.now() - jobs.LONGEST_WAIT_FOR_SERVICES - timedelta(seconds=1)


def test_after_an_hour_of_waiting_it_fails_and_gives_its_price_back(job, alice_client, monkeypatch):
    breaking(monkeypatch, VectorStoreUnavailable("Away."))
    waiting_since(job, an_hour_ago())

    processing.run(job)

    assert now_as(Document).error == jobs.GAVE_UP
    assert balance(alice_client) == BEFORE


def test_a_job_that_was_queued_for_long_outlives_a_moments_outage(job, alice_client, monkeypatch):
    breaking(monkeypatch, VectorStoreUnavailable("Away."))
    ProcessingJob.objects.update(created_at=timezone.now() - timedelta(days=1))
    job.refresh_from_db()

    processing.run(job)

    assert now_as(ProcessingJob).status == "queued"


def test_an_outage_after_work_that_was_done_is_another_one(job, memory_vectors, monkeypatch):
    waiting_since(job, an_hour_ago())
    monkeypatch.setattr(pipeline, "BATCH", 1)
    monkeypatch.setattr(pipeline, "split_text", lambda *args, **fields: [a_chunk(0), a_chunk(1)])
    written = []
    upsert = memory_vectors.upsert

    def away_after_the_first(collection, rows):
        if written:
            raise VectorStoreUnavailable("Away.")
        written.extend(rows)
        upsert(collection, rows)

    monkeypatch.setattr(memory_vectors, "upsert", away_after_the_first)

    processing.run(job)

    assert now_as(ProcessingJob).status == "queued"
    assert timezone.now() - now_as(ProcessingJob).waits_since < timedelta(minutes=1)


def test_a_failure_by_our_own_fault_ends_the_waiting(job, monkeypatch):
    breaking(monkeypatch, RuntimeError("A bug."))
    waiting_since(job, an_hour_ago())

    processing.run(job)

    assert now_as(ProcessingJob).waits_since is None


def test_a_job_that_is_cancelled_meanwhile_leaves_nothing_it_wrote(job, alice_client, memory_vectors, monkeypatch):
    upsert = memory_vectors.upsert

    def cancelled_while_writing(collection, rows):
        upsert(collection, rows)
        jobs.cancel(ProcessingJob.objects.get())

    monkeypatch.setattr(memory_vectors, "upsert", cancelled_while_writing)

    processing.run(job)

    assert (now_as(Document).status, now_as(Document).version) == ("failed", 0)
    assert memory_vectors.count(job.dataset.collection_name) == 0
    assert balance(alice_client) == BEFORE


def test_a_job_that_another_worker_has_leaves_that_ones_rows_alone(job, memory_vectors, monkeypatch):
    upsert = memory_vectors.upsert

    def taken_over_while_writing(collection, rows):
        upsert(collection, rows)
        ProcessingJob.objects.update(leased_by="another")

    monkeypatch.setattr(memory_vectors, "upsert", taken_over_while_writing)

    processing.run(job)

    assert memory_vectors.count(job.dataset.collection_name) == 1
    assert now_as(ProcessingJob).status == "running"


def test_stages_are_told_while_it_is_done(job, monkeypatch):
    stages = []
    heartbeat = processing.leases.heartbeat

    def noted(job, **progress):
        stages.append(progress["stage"])
        return heartbeat(job, **progress)

    monkeypatch.setattr(processing.leases, "heartbeat", noted)

    processing.run(job)

    assert stages == ["extracting", "chunking", "embedding"]


def test_deleting_a_dataset_gives_some_credits_back_at_once_and_the_others_soon(alice_client, dataset, monkeypatch):
    monkeypatch.setattr(datasets, "SETTLED_AT_ONCE", 2)
    before = balance(alice_client)
    for number in range(5):
        upload_text(alice_client, dataset, f"Text {number}.")

    alice_client.delete(path_of(dataset))

    assert before - balance(alice_client) == 3 * 2
    reconcile()
    assert balance(alice_client) == before


def ended(**ago):
    ProcessingJob.objects.update(finished_at=timezone.now() - timedelta(**ago))


def tried_again():
    """Have the job be an earlier attempt at its document."""
    Document.objects.update(attempt=2)


def test_an_attempt_that_ended_long_ago_is_forgotten_and_its_document_stays(job):
    processing.run(job)
    ended(days=31)
    tried_again()

    assert jobs.forget_ended() == 1

    assert not ProcessingJob.objects.exists()
    assert now_as(Document).status == "ready"


def test_the_last_attempt_at_a_document_is_kept_beside_it(job):
    processing.run(job)
    ended(days=31)

    assert jobs.forget_ended() == 0


def test_a_job_is_kept_for_a_month(job):
    processing.run(job)
    tried_again()
    ended(days=29)

    assert jobs.forget_ended() == 0


def test_a_job_that_still_owes_a_refund_is_kept(job):
    processing.run(job)
    tried_again()
    ended(days=31)
    ProcessingJob.objects.update(refund_due=True)

    assert jobs.forget_ended() == 0


def test_a_job_that_runs_is_never_forgotten(job):
    tried_again()
    ended(days=31)

    assert jobs.forget_ended() == 0


def test_of_many_ended_jobs_all_are_forgotten(job, monkeypatch):
    monkeypatch.setattr(jobs, "FORGOTTEN_AT_ONCE", 2)
    for _ in range(4):
        job.pk = None
        job._state.adding = True
        job.id = uuid.uuid4()
        job.save()
    ProcessingJob.objects.update(status="succeeded")
    tried_again()
    ended(days=31)

    assert jobs.forget_ended() == 5


def test_nothing_is_purged_while_a_refund_for_it_is_owed(job, monkeypatch):
    monkeypatch.setattr(jobs, "settle_refunds", lambda *args, **reason: None)
    documents.delete_document(now_as(Document))
    ProcessingJob.objects.update(run_after=timezone.now())
    do_jobs()
    assert Document.objects.exists()

    reconcile()
    ProcessingJob.objects.update(run_after=timezone.now())
    do_jobs()

    assert not Document.objects.exists()


def test_an_upload_that_is_refused_its_money_leaves_no_file(alice, dataset, memory_vectors):
    User.objects.filter(id=alice.id).update(credits=0)
    before = set(storage.own_files())

    with pytest.raises(InsufficientCredits):
        dying.upload(alice.id)

    assert set(storage.own_files()) == before
