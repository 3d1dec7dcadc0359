"""Lost vectors come back from the kept texts: free, the same as before, behind everybody's uploads."""

import shutil
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import timezone
from rest_framework.test import APIClient

from credits.models import CreditTransaction
from datasets import storage
from datasets.errors import VectorStoreUnavailable
from datasets.indexing import again, kept_text, pipeline
from datasets.indexing.vector_store import get_vector_store
from datasets.indexing.vector_store.base import ChunkRow
from datasets.indexing.wholeness import memo
from datasets.indexing.wholeness.forecast import seconds_left
from datasets.indexing.wholeness.looking import find_lacks
from datasets.models import Dataset, Document, ProcessingJob
from datasets.models.processing_job import JobKind, JobStatus
from datasets.queue import leases
from datasets.selectors import waiting_jobs
from datasets.services import documents as document_services
from datasets.services import jobs, processing, rebuilding
from tests.datasets.vector_store.rows import vector
from tests.support.api import balance, documents_of, make_dataset, upload, upload_text
from tests.support.jobs import do_jobs
from tests.support.vectors import TEXTS, ask, document, held, lose, make_library

pytestmark = pytest.mark.django_db(databases="__all__")


@pytest.fixture(params=["memory_vectors", "vector_engine"])
def library(request: Any, alice_client: APIClient) -> dict[str, Any]:
    """A dataset that is whole, in memory and in the real engine."""
    request.getfixturevalue(request.param)
    return make_library(alice_client)


@pytest.fixture
def quick_library(alice_client: APIClient, memory_vectors: Any) -> dict[str, Any]:
    return make_library(alice_client)


@pytest.fixture(autouse=True)
def _nothing_is_known() -> None:
    memo._known.clear()


def rebuilds(**which: Any) -> Any:
    return ProcessingJob.objects.filter(kind=JobKind.REBUILD, **which)


def rows_of(filename: str) -> dict[str, Any]:
    """Return all that the store has of a document, by index."""
    found = document(filename)
    rows = get_vector_store().document_chunks(
        found.dataset.collection_name, document_id=str(found.id), version=found.version, start=0, stop=100
    )
    return {row.chunk_id: row for row in rows}


def run_command(*arguments: str) -> str:
    out = StringIO()
    call_command("rebuild_vectors", *arguments, "--no-wait", stdout=out)
    return out.getvalue()


def test_what_was_lost_is_the_same_again_and_costs_nothing(alice_client: APIClient, library: Any) -> None:
    before, answer = rows_of("long.txt"), ask(alice_client, library).json()["results"]
    lose(dataset_id=library["id"])
    ledger = CreditTransaction.objects.count()

    assert rebuilding.mend_index() == 2
    do_jobs()

    memo._known.clear()
    assert rows_of("long.txt") == before
    assert CreditTransaction.objects.count() == ledger
    assert ask(alice_client, library).json()["results"] == answer
    assert list(rebuilds().values_list("status", "retries")) == [(JobStatus.SUCCEEDED, 0)] * 2


def test_doing_it_twice_changes_nothing(library: Any) -> None:
    before = rows_of("long.txt")

    for _ in range(2):
        rebuilding.enqueue_all(Dataset.objects.all(), also_whole=True)
        do_jobs()

    assert (rows_of("long.txt"), held(document("long.txt"))) == (before, len(before))
    assert document("long.txt").attempt == 1


def test_a_document_is_queued_once_however_often_it_is_asked_for(quick_library: Any) -> None:
    lose(dataset_id=quick_library["id"])

    assert (rebuilding.mend_index(), rebuilding.mend_index()) == (2, 0)
    assert "Queued 0 documents; 2 are to be rebuilt." in run_command()


def test_only_what_is_missing_is_queued(quick_library: Any) -> None:
    lose(document_id=str(document("long.txt").id))

    rebuilding.mend_index()

    assert [job.document for job in rebuilds()] == [document("long.txt")]


def test_a_rebuild_does_not_touch_what_its_document_says(quick_library: Any) -> None:
    before = Document.objects.filter(filename="long.txt").values().get()
    lose(dataset_id=quick_library["id"])
    rebuilding.mend_index()
    claimed = [jobs.claim("worker"), jobs.claim("worker")]

    assert document("long.txt").status == "ready"
    for job in claimed:
        processing.run(job)
    assert Document.objects.filter(filename="long.txt").values().get() == before


class TestSplitOtherwise:
    """Where a text is split otherwise by now, its document answers in the old version until the new one is whole."""

    @pytest.fixture
    def split_otherwise(self, monkeypatch: pytest.MonkeyPatch) -> None:
        split = again.split_text
        monkeypatch.setattr(again, "split_text", lambda *args, **kwargs: split(*args, **{**kwargs, "max_chars": 500}))

    @pytest.mark.usefixtures("split_otherwise")
    def test_it_becomes_another_version(self, library: Any) -> None:
        old, before = document("long.txt"), len(rows_of("long.txt"))

        rebuilding.enqueue_all(Dataset.objects.all(), also_whole=True)
        do_jobs()

        now = document("long.txt")
        assert (old.version, now.version, now.attempt) == (1, 2, 2)
        assert now.chunk_count == len(rows_of("long.txt")) > before
        assert held(now, version=1) == 0
        assert find_lacks(Dataset.objects.get()) == []

    @pytest.mark.usefixtures("split_otherwise")
    def test_until_then_the_old_one_answers_whole(self, quick_library: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        rebuilding.enqueue_all(Dataset.objects.all(), also_whole=True)
        monkeypatch.setattr(again, "store_chunks", unavailable)
        before = rows_of("long.txt")

        do_jobs()

        assert rows_of("long.txt") == before
        assert document("long.txt").version == 1

    @pytest.mark.usefixtures("split_otherwise")
    def test_an_attempt_that_broke_off_is_gone_on_with(
        self, quick_library: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        rebuilding.enqueue_rebuilds(Dataset.objects.get(), [live("long.txt")])
        with monkeypatch.context() as patch:
            patch.setattr(again, "store_chunks", unavailable)
            do_jobs()
        ProcessingJob.objects.update(run_after=timezone.now())

        do_jobs()

        assert (document("long.txt").version, document("long.txt").attempt) == (2, 2)


def test_a_row_that_is_one_too_many_is_left_behind_with_its_version(library: Any) -> None:
    dataset, found = Dataset.objects.get(), document("long.txt")
    row = ChunkRow(str(dataset.id), str(found.id), 1, 8, "Left.", 0, 5, None, vector([1.0] * 256))
    get_vector_store().upsert(dataset.collection_name, [row])

    rebuilding.enqueue_rebuilds(dataset, [live("long.txt")])
    do_jobs()

    assert (document("long.txt").version, held(found)) == (2, 8)


def test_a_version_that_came_meanwhile_is_not_taken_back(quick_library: Any) -> None:
    rebuilding.enqueue_rebuilds(Dataset.objects.get(), [live("long.txt")])
    job = jobs.claim("worker")
    assert job.document.version == 1
    Document.objects.filter(filename="long.txt").update(version=5)

    processing.run(job)

    assert document("long.txt").version == 5


def unavailable(*args: Any) -> None:
    raise VectorStoreUnavailable("Away.")


def live(filename: str) -> Any:
    found = document(filename)
    return rebuilding.Live(str(found.id), found.version, found.chunk_count)


class TestInLine:
    """Whoever pays goes first."""

    def test_an_upload_goes_before_rebuilds_that_were_queued_earlier(
        self, alice_client: APIClient, quick_library: Any
    ) -> None:
        lose(dataset_id=quick_library["id"])
        rebuilding.mend_index()
        upload_text(alice_client, quick_library, "A newcomer.", filename="new.txt")

        assert jobs.claim("worker").document == document("new.txt")

    def test_an_upload_goes_first_also_while_a_rebuild_is_in_hand(
        self, alice_client: APIClient, quick_library: Any
    ) -> None:
        lose(dataset_id=quick_library["id"])
        rebuilding.mend_index()
        jobs.claim("worker")
        upload_text(alice_client, quick_library, "A newcomer.", filename="new.txt")

        assert ProcessingJob.objects.get(document=document("new.txt")).turn < leases.BACKGROUND
        assert jobs.claim("another").document == document("new.txt")

    def test_a_rebuild_gives_way_to_an_upload_of_the_same_owner_and_keeps_its_place(
        self, alice_client: APIClient, quick_library: Any
    ) -> None:
        lose(dataset_id=quick_library["id"])
        rebuilding.mend_index()
        rebuild = jobs.claim("worker")
        assert rebuild.turn >= leases.BACKGROUND
        upload_text(alice_client, quick_library, "A newcomer.", filename="new.txt")

        assert leases.give_way(rebuild)
        assert ProcessingJob.objects.get(id=rebuild.id).turn == rebuild.turn

    def test_an_upload_does_not_give_way_to_rebuilds(self, alice_client: APIClient, quick_library: Any) -> None:
        upload_text(alice_client, quick_library, "A newcomer.", filename="new.txt")
        newcomer = jobs.claim("worker")
        lose(dataset_id=quick_library["id"])
        rebuilding.mend_index()

        assert not leases.give_way(newcomer)

    def test_owners_take_turns(self, alice_client: APIClient, bob_client: APIClient, memory_vectors: Any) -> None:
        for client in (alice_client, bob_client):
            make_library(client)
        for dataset in Dataset.objects.all():
            lose(dataset_id=str(dataset.id))
        rebuilding.mend_index()

        owners = [job.dataset.owner_id for job in rebuilds().order_by("turn", "run_after", "id")]

        assert set(owners[:2]) == set(owners[2:]) == set(Dataset.objects.values_list("owner_id", flat=True))

    def test_rebuilds_that_wait_are_no_sign_of_a_worker_that_is_missing(self, quick_library: Any) -> None:
        lose(dataset_id=quick_library["id"])
        rebuilding.mend_index()

        assert not waiting_jobs().exists()


class TestEndings:
    def test_it_waits_for_a_store_that_is_away_for_ever(
        self, quick_library: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        rebuilding.enqueue_all(Dataset.objects.all(), also_whole=True)
        rebuilds().update(created_at=timezone.now() - timedelta(days=30))
        monkeypatch.setattr(again, "stored", unavailable)

        do_jobs()

        assert set(rebuilds().values_list("status", flat=True)) == {JobStatus.QUEUED}

    def test_one_that_fails_by_our_fault_is_tried_again_for_ever(
        self, quick_library: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        rebuilding.enqueue_all(Dataset.objects.all(), also_whole=True)
        rebuilds().update(retries=50)
        monkeypatch.setattr(again, "split_text", None)

        do_jobs()

        assert set(rebuilds().values_list("status", "retries")) == {(JobStatus.QUEUED, 51)}
        assert document("long.txt").status == "ready"

    def test_rows_that_went_away_while_it_worked_are_written_by_the_next_attempt(
        self, quick_library: Any, monkeypatch: pytest.MonkeyPatch, memory_vectors: Any
    ) -> None:
        lose(document_id=str(document("long.txt").id))
        rebuilding.mend_index()
        rebuilds().update(chunks_written=4)
        monkeypatch.setattr(pipeline, "first_missing", lambda written, version: written)
        do_jobs()
        assert rebuilds().get().status == JobStatus.QUEUED

        rebuilds().update(run_after=timezone.now())
        do_jobs()

        assert find_lacks(Dataset.objects.get()) == []

    def test_a_document_that_is_deleted_meanwhile_cancels_it_and_owes_nothing(self, quick_library: Any) -> None:
        lose(document_id=str(document("long.txt").id))
        rebuilding.mend_index()
        job = jobs.claim("worker")

        document_services.delete_document(document("long.txt"))
        processing.run(job)

        ended = rebuilds().get()
        assert (ended.status, ended.refund_due) == (JobStatus.CANCELLED, False)
        purge = ProcessingJob.objects.get(kind=JobKind.PURGE)
        # What it may still be writing is waited for.
        assert purge.run_after >= ended.lease_until
        ProcessingJob.objects.update(run_after=timezone.now())
        do_jobs()
        assert not Document.objects.filter(filename="long.txt").exists()

    def test_one_that_is_cancelled_takes_nothing_away_that_answers(self, quick_library: Any) -> None:
        rebuilding.enqueue_rebuilds(Dataset.objects.get(), [live("long.txt")])
        job = jobs.claim("worker")
        rebuilds().update(status=JobStatus.CANCELLED)

        processing.run(job)

        assert held(document("long.txt")) == 8

    def test_one_of_a_document_that_answers_no_more_ends_at_once(self, quick_library: Any) -> None:
        rebuilding.enqueue_rebuilds(Dataset.objects.get(), [live("long.txt")])
        Document.objects.filter(filename="long.txt").update(version=0)

        do_jobs()

        assert rebuilds().get().status == JobStatus.SUCCEEDED
        assert document("long.txt").version == 0


class TestKeptText:
    """What a rebuild goes by."""

    def paths(self) -> Any:
        key = document("long.txt").object_key
        return storage.path_of(key), storage.text_path_of(key), storage.layout_path_of(key)

    def rebuild(self) -> None:
        lose(document_id=str(document("long.txt").id))
        rebuilding.mend_index()
        do_jobs()

    def test_the_text_alone_will_do(self, quick_library: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        before = rows_of("long.txt")
        self.paths()[0].unlink()
        monkeypatch.setattr(kept_text, "extract_safely", None)

        self.rebuild()

        assert rows_of("long.txt") == before

    def test_the_file_alone_will_do(self, quick_library: Any) -> None:
        before, (_, text, layout) = rows_of("long.txt"), self.paths()
        text.unlink()
        layout.unlink()

        self.rebuild()

        assert rows_of("long.txt") == before
        assert text.exists()
        assert layout.exists()

    def test_pages_and_headings_come_back_also_for_documents_from_before_they_were_kept(
        self, alice_client: APIClient, memory_vectors: Any
    ) -> None:
        markdown = "\n\n".join(f"# Part {n}\n\n" + "Some words. " * 60 for n in range(9))
        upload(alice_client, make_dataset(alice_client), markdown.encode(), "long.md")
        do_jobs()
        found, before = document("long.md"), rows_of("long.md")
        storage.layout_path_of(found.object_key).unlink()
        lose(document_id=str(found.id))

        rebuilding.mend_index()
        do_jobs()

        assert rows_of("long.md") == before
        assert storage.read_layout(found.object_key)["is_markdown"]

    def test_a_text_that_is_read_otherwise_by_now_stays_as_it_is_cited(self, quick_library: Any) -> None:
        before, (file, text, layout) = rows_of("long.txt"), self.paths()
        kept = text.read_text()
        layout.unlink()
        file.write_text("Something else entirely.")

        self.rebuild()

        assert rows_of("long.txt") == before
        assert text.read_text() == kept

    def test_a_layout_of_another_text_counts_for_nothing(self, quick_library: Any) -> None:
        before, (_, _, layout) = rows_of("long.txt"), self.paths()
        layout.write_text('{"characters": 3, "is_markdown": true, "pages": [[1, 0, 3]]}')

        self.rebuild()

        assert rows_of("long.txt") == before


class TestLostSource:
    """Of a document with neither text nor file nothing can be made again."""

    @pytest.fixture
    def lost(self, quick_library: Any) -> Document:
        found = document("long.txt")
        shutil.rmtree(storage.path_of(found.object_key).parent)
        lose(document_id=str(found.id))
        rebuilding.mend_index()
        do_jobs()
        return found

    def due(self) -> None:
        rebuilds().update(created_at=timezone.now() - timedelta(days=2), run_after=timezone.now())
        do_jobs()

    def test_for_a_day_it_is_waited_for_and_named(self, lost: Document) -> None:
        assert rebuilds().get().status == JobStatus.QUEUED
        assert document("long.txt").status == "ready"
        assert f"lost: document {lost.id}" in run_command()

    def test_then_it_has_failed_and_was_paid_back(
        self, lost: Document, alice_client: APIClient, quick_library: Any
    ) -> None:
        before = balance(alice_client)

        self.due()

        failed = alice_client.get(f"{documents_of(quick_library)}/{lost.id}").json()
        assert (failed["status"], failed["error"]["code"]) == ("failed", "source_lost")
        assert balance(alice_client) == before + 2
        memo._known.clear()
        assert ask(alice_client, quick_library).status_code == 200

    def test_it_is_paid_back_once(self, lost: Document, alice_client: APIClient) -> None:
        self.due()
        before = balance(alice_client)

        self.due()
        assert rebuilding.give_up_lost() == 0

        assert balance(alice_client) == before

    def test_then_the_same_bytes_are_a_new_document(
        self, lost: Document, alice_client: APIClient, quick_library: Any
    ) -> None:
        self.due()

        answer = upload_text(alice_client, quick_library, TEXTS["long.txt"], filename="long.txt")

        assert answer.status_code == 201
        assert answer.json()["document_id"] != str(lost.id)

    def test_where_no_file_is_there_at_all_it_is_waited_for_longer(self, lost: Document) -> None:
        storage.delete_everything()

        self.due()

        assert rebuilds().get().status == JobStatus.QUEUED

    def test_an_operator_need_not_wait(self, lost: Document, alice_client: APIClient) -> None:
        before = balance(alice_client)

        assert "1 documents" in run_command("--give-up-lost")

        assert document("long.txt").error["code"] == "source_lost"
        assert balance(alice_client) == before + 2

    def test_the_same_bytes_bring_it_back_for_free(
        self, lost: Document, alice_client: APIClient, quick_library: Any
    ) -> None:
        before = balance(alice_client)

        answer = upload_text(alice_client, quick_library, TEXTS["long.txt"], filename="long.txt")
        do_jobs()

        assert (answer.status_code, answer.json()["document_id"]) == (200, str(lost.id))
        assert balance(alice_client) == before
        assert held(lost) == lost.chunk_count


def test_how_long_it_takes_is_told_from_how_long_others_took(
    alice_client: APIClient, quick_library: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memo, "LOOK_AGAIN_S", 0.0)
    monkeypatch.setattr(memo, "PART_WHILE_INCOMPLETE", 0)
    lose(dataset_id=quick_library["id"])
    rebuilding.mend_index()
    assert seconds_left() is None
    processing.run(jobs.claim("worker"))

    left = ask(alice_client, quick_library).json()["details"]

    assert left["seconds_left"] >= 1
    assert left["missing_chunks"] < sum(Document.objects.values_list("chunk_count", flat=True))


def test_a_minute_looks_at_what_nobody_has_since_the_engine_began(quick_library: Any, monkeypatch: Any) -> None:
    assert rebuilding.mend_index() == 0
    lose(dataset_id=quick_library["id"])
    # By the same engine nothing is lost, as far as every minute looks.
    assert rebuilding.mend_index() == 0

    later = rebuilding.get_vector_store().incarnation().__class__((timezone.now() + timedelta(hours=1)).timestamp())
    monkeypatch.setattr(type(get_vector_store()), "incarnation", lambda self: later)

    assert rebuilding.mend_index() == 2


def test_what_a_query_finds_missing_is_mended_within_a_minute(alice_client: APIClient, quick_library: Any) -> None:
    rebuilding.mend_index()
    lose(dataset_id=quick_library["id"])
    assert rebuilding.mend_index() == 0

    ask(alice_client, quick_library)

    assert rebuilding.mend_index() == 2


def test_a_minute_queues_only_so_many(quick_library: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rebuilding, "MOST_QUEUED", 1)
    lose(dataset_id=quick_library["id"])

    assert (rebuilding.mend_index(), rebuilding.mend_index()) == (1, 0)
    do_jobs()
    assert rebuilding.mend_index() == 1


def test_a_minute_without_a_store_is_no_failure(quick_library: Any, monkeypatch: Any, memory_vectors: Any) -> None:
    monkeypatch.setattr(memory_vectors, "count", unavailable_count)

    assert rebuilding.mend_index() == 0


def unavailable_count(*args: Any, **kwargs: Any) -> int:
    raise VectorStoreUnavailable("Away.")


def test_where_no_worker_is_the_command_says_so(quick_library: Any) -> None:
    lose(dataset_id=quick_library["id"])

    assert "No worker has left word" in run_command("--dataset", quick_library["slug"])


def test_a_command_about_an_unknown_dataset_says_so() -> None:
    with pytest.raises(CommandError, match="There is no dataset"):
        run_command("--dataset", "unknown")
