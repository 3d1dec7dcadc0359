"""Nobody is answered, and nobody pays, from an index of which something is missing."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from credits.models import CreditTransaction
from datasets.indexing.vector_store.base import ChunkRow
from datasets.indexing.wholeness import looking, memo
from datasets.indexing.wholeness.looking import find_lacks
from datasets.models import Dataset, Document, PendingAnswer, ProcessingJob
from datasets.services import documents as document_services
from datasets.services.rebuilding import look_at, mend_index
from tests.datasets.vector_store.rows import new_id
from tests.support.api import API, balance, documents_of, path_of, refusal
from tests.support.jobs import do_jobs
from tests.support.vectors import QUESTION, ask, document, held, lose, make_library

pytestmark = pytest.mark.django_db(databases="__all__")


@pytest.fixture
def library(alice_client: APIClient, memory_vectors: Any) -> dict[str, Any]:
    return make_library(alice_client)


@pytest.fixture
def real_library(alice_client: APIClient, vector_engine: Any) -> dict[str, Any]:
    return make_library(alice_client)


@pytest.fixture(autouse=True)
def _nothing_is_known() -> None:
    """As in a process that has just started."""
    memo._known.clear()


def chunks_of(client: APIClient, document: Document, query: str = "") -> Any:
    return client.get(f"{API}/datasets/{document.dataset_id}/documents/{document.id}/chunks{query}")


def test_a_query_is_refused_and_costs_nothing(alice_client: APIClient, real_library: Any) -> None:
    lose(dataset_id=real_library["id"])
    rows, before = CreditTransaction.objects.count(), balance(alice_client)

    answer = ask(alice_client, real_library)

    assert refusal(answer) == (503, "index_incomplete")
    chunks = sum(Document.objects.values_list("chunk_count", flat=True))
    assert answer.json()["details"] == {"missing_chunks": chunks, "seconds_left": None, "retry_after": 60}
    assert answer["Retry-After"] == "60"
    assert (CreditTransaction.objects.count(), balance(alice_client)) == (rows, before)
    assert not PendingAnswer.objects.exists()


@pytest.mark.parametrize("mode", ["hybrid", "vector", "keyword"])
def test_one_document_that_is_missing_is_enough(alice_client: APIClient, real_library: Any, mode: str) -> None:
    assert ask(alice_client, real_library, mode=mode).status_code == 200
    memo._known.clear()

    lose(document_id=str(document("long.txt").id))

    assert refusal(ask(alice_client, real_library, mode=mode)) == (503, "index_incomplete")


def test_a_single_row_that_is_missing_is_enough(alice_client: APIClient, library: Any, memory_vectors: Any) -> None:
    gone = f"{document('long.txt').id}.1.3"
    memory_vectors._collections[library["collection_name"]].rows.pop(gone)

    answer = ask(alice_client, library)

    assert answer.json()["details"]["missing_chunks"] == 1


def test_a_batch_and_a_search_by_meaning_are_refused_too(alice_client: APIClient, library: Any) -> None:
    lose(dataset_id=library["id"])
    before, body = balance(alice_client), {"dataset_id": library["id"]}

    batch = alice_client.post(f"{API}/mcp/batch-query", {**body, "queries": [QUESTION, "bees"]})
    search = alice_client.post(f"{API}/embeddings/search", {**body, "query": QUESTION})

    assert refusal(batch) == refusal(search) == (503, "index_incomplete")
    assert balance(alice_client) == before


def test_somebody_who_asks_anothers_public_dataset_is_told_the_same(
    alice_client: APIClient, bob_client: APIClient, memory_vectors: Any
) -> None:
    library = make_library(alice_client, visibility="public")
    lose(dataset_id=library["id"])

    assert refusal(ask(bob_client, library)) == (503, "index_incomplete")
    assert balance(bob_client) == 100


def test_another_dataset_answers_meanwhile(alice_client: APIClient, library: Any) -> None:
    other = make_library(alice_client, "Other")
    lose(dataset_id=library["id"])

    assert ask(alice_client, other).status_code == 200


def test_an_empty_dataset_is_whole(alice_client: APIClient, dataset: Any, memory_vectors: Any) -> None:
    assert ask(alice_client, dataset).json()["results"] == []


def test_chunks_that_are_missing_are_not_listed_as_none(alice_client: APIClient, real_library: Any) -> None:
    lose(document_id=str(document("long.txt").id))

    assert refusal(chunks_of(alice_client, document("long.txt"))) == (503, "index_incomplete")
    assert chunks_of(alice_client, document("trains.txt")).json()["total"] == 1


def test_chunks_beyond_the_last_are_none_and_nothing_is_missing(alice_client: APIClient, library: Any) -> None:
    answer = chunks_of(alice_client, document("trains.txt"), "?offset=5")

    assert (answer.status_code, answer.json()["chunks"]) == (200, [])


def test_chunks_of_a_document_that_goes_meanwhile_are_of_none(
    alice_client: APIClient, library: Any, monkeypatch: pytest.MonkeyPatch, memory_vectors: Any
) -> None:
    read = memory_vectors.document_chunks

    def after_it_went(*args: Any, **kwargs: Any) -> Any:
        document_services.delete_document(document("long.txt"))
        lose(document_id=kwargs["document_id"])
        return read(*args, **kwargs)

    monkeypatch.setattr(memory_vectors, "document_chunks", after_it_went)

    assert refusal(chunks_of(alice_client, document("long.txt"))) == (404, "document_not_found")


class TestLeftovers:
    """What is left of something that does not answer hides nothing that is missing, and is not missing itself."""

    @pytest.fixture
    def leave(self, library: Any, memory_vectors: Any) -> Any:
        def leave(document_id: str, version: int, chunks: int) -> None:
            vector = next(iter(memory_vectors._collections[library["collection_name"]].rows.values())).vector
            memory_vectors.upsert(
                library["collection_name"],
                [ChunkRow(library["id"], document_id, version, n, "Left.", 0, 5, None, vector) for n in range(chunks)],
            )

        return leave

    def test_rows_of_a_deleted_document_hide_no_missing_ones(
        self, alice_client: APIClient, library: Any, leave: Any
    ) -> None:
        leave(new_id(), 1, 1)
        lose(document_id=str(document("trains.txt").id))

        assert ask(alice_client, library).json()["details"]["missing_chunks"] == 1

    def test_rows_of_a_failed_attempt_hide_no_missing_ones(
        self, alice_client: APIClient, library: Any, leave: Any
    ) -> None:
        lose(document_id=str(document("trains.txt").id))
        leave(str(document("trains.txt").id), 2, 1)

        assert ask(alice_client, library).json()["details"]["missing_chunks"] == 1

    def test_beside_whole_documents_they_are_no_fault(self, alice_client: APIClient, library: Any, leave: Any) -> None:
        leave(new_id(), 1, 3)
        leave(str(document("trains.txt").id), 2, 1)

        assert ask(alice_client, library).status_code == 200

    def test_a_document_that_is_being_purged_is_not_missing(self, alice_client: APIClient, library: Any) -> None:
        alice_client.delete(f"{documents_of(library)}/{document('long.txt').id}")
        lose(document_id=str(document("long.txt").id))

        assert ask(alice_client, library).status_code == 200


class TestRaces:
    """What changes between two looks is never told as missing."""

    @pytest.fixture
    def between(self, monkeypatch: pytest.MonkeyPatch, memory_vectors: Any) -> Any:
        def between(do: Any) -> None:
            count = memory_vectors.count

            def counted(*args: Any, **kwargs: Any) -> Any:
                do()
                return count(*args, **kwargs)

            monkeypatch.setattr(memory_vectors, "count", counted)

        return between

    def test_a_document_that_is_deleted_and_purged(self, library: Any, between: Any) -> None:
        def purge() -> None:
            for gone in Document.objects.active().filter(filename="long.txt"):
                document_services.delete_document(gone)
                lose(document_id=str(gone.id))

        between(purge)

        assert find_lacks(Dataset.objects.get()) == []

    def test_a_document_that_changes_to_another_version(self, library: Any, between: Any) -> None:
        def switch() -> None:
            gone = document("long.txt")
            Document.objects.filter(id=gone.id).update(version=2, chunk_count=0)
            lose(document_id=str(gone.id))

        between(switch)

        assert find_lacks(Dataset.objects.get()) == []

    def test_a_row_that_the_engine_has_just_taken_out_to_replace_it(
        self, library: Any, memory_vectors: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        walk, looks = memory_vectors.walk, []
        monkeypatch.setattr(memory_vectors, "count", lambda *args, **kwargs: 99)

        def walked(*args: Any, **kwargs: Any) -> Any:
            looks.append(kwargs)
            return list(walk(*args, **kwargs))[len(looks) == 1 :]

        monkeypatch.setattr(memory_vectors, "walk", walked)

        assert find_lacks(Dataset.objects.get()) == []
        assert len(looks) == 2


def test_many_documents_are_asked_for_in_parts(library: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looking, "ASKED_AT_ONCE", 1)
    lose(dataset_id=library["id"])

    lacks = find_lacks(Dataset.objects.get())

    assert {lack.document.id for lack in lacks} == {str(id) for id in Document.objects.values_list("id", flat=True)}


class TestWhatAProcessKnows:
    def test_a_dataset_that_is_known_costs_a_query_nothing(
        self,
        alice_client: APIClient,
        library: Any,
        memory_vectors: Any,
        monkeypatch: pytest.MonkeyPatch,
        django_assert_num_queries: Any,
    ) -> None:
        ask(alice_client, library)
        known, calls = Dataset.objects.get(), []
        for name in ("count", "walk"):
            monkeypatch.setattr(memory_vectors, name, lambda *args, name=name, **kwargs: calls.append(name))

        with django_assert_num_queries(0, using="default"):
            memo.ensure_whole(known)

        assert ask(alice_client, library).status_code == 200
        assert calls == []

    def test_another_engine_is_another_question(
        self, alice_client: APIClient, library: Any, memory_vectors: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        ask(alice_client, library)
        lose(dataset_id=library["id"])
        assert ask(alice_client, library).json()["results"] == []  # Nothing has told this process yet.

        other = memo.Incarnation(1.0, (1,))
        monkeypatch.setattr(memory_vectors, "incarnation", lambda: other)

        assert refusal(ask(alice_client, library)) == (503, "index_incomplete")

    def test_some_minutes_later_it_looks_again(
        self, alice_client: APIClient, library: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(memo, "KNOWN_FOR_S", 0.0)
        monkeypatch.setattr(memo, "PART_OF_TIME", 0)
        ask(alice_client, library)
        lose(dataset_id=library["id"])

        assert refusal(ask(alice_client, library)) == (503, "index_incomplete")

    def test_one_that_is_incomplete_is_not_looked_at_by_each_query(
        self, alice_client: APIClient, library: Any, memory_vectors: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(memo, "LOOK_AGAIN_S", 3_600.0)
        lose(dataset_id=library["id"])
        ask(alice_client, library)
        monkeypatch.setattr(memory_vectors, "count", None)

        assert refusal(ask(alice_client, library)) == (503, "index_incomplete")

    def test_once_it_is_whole_again_it_answers(
        self, alice_client: APIClient, library: Any, memory_vectors: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(memo, "LOOK_AGAIN_S", 0.0)
        monkeypatch.setattr(memo, "PART_WHILE_INCOMPLETE", 0)
        rows = memory_vectors._collections[library["collection_name"]].rows
        kept = dict(rows)
        lose(dataset_id=library["id"])
        ask(alice_client, library)
        assert Dataset.objects.get().chunks_missing == len(kept)

        rows.update(kept)

        assert ask(alice_client, library).status_code == 200
        assert Dataset.objects.get().chunks_missing == 0

    def test_what_a_worker_saw_whole_since_this_engine_began_need_not_be_counted(
        self, alice_client: APIClient, library: Any, memory_vectors: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        look_at(Dataset.objects.get())
        monkeypatch.setattr(memory_vectors, "incarnation", lambda: memo.Incarnation(1.0, (1,)))
        monkeypatch.setattr(memory_vectors, "count", None)

        assert ask(alice_client, library).status_code == 200

    def test_what_was_seen_of_an_engine_before_counts_no_more(
        self, alice_client: APIClient, library: Any, memory_vectors: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        look_at(Dataset.objects.get())
        lose(dataset_id=library["id"])
        monkeypatch.setattr(memory_vectors, "incarnation", lambda: memo.Incarnation(2.0**40, (2,)))

        assert refusal(ask(alice_client, library)) == (503, "index_incomplete")


def test_a_document_that_is_tried_again_and_still_answers_counts(alice_client: APIClient, library: Any) -> None:
    Document.objects.filter(filename="trains.txt").update(status="processing", attempt=2)
    assert ask(alice_client, library).status_code == 200
    memo._known.clear()

    lose(document_id=str(document("trains.txt").id))

    assert refusal(ask(alice_client, library)) == (503, "index_incomplete")


def test_an_upload_that_is_not_finished_is_not_missing(alice_client: APIClient, library: Any) -> None:
    alice_client.post(documents_of(library), {"content": "Not read yet.", "filename": "new.txt"})

    assert ask(alice_client, library).status_code == 200
    do_jobs()
    assert held(document("new.txt")) == 1


def test_a_dataset_and_its_jobs_show_nothing_of_a_rebuild(alice_client: APIClient, library: Any) -> None:
    lose(dataset_id=library["id"])
    before = alice_client.get(f"{path_of(library)}/jobs").json()

    assert mend_index() == 2

    rebuild = ProcessingJob.objects.filter(kind="rebuild")[0]
    assert alice_client.get(f"{path_of(library)}/jobs").json() == before
    assert alice_client.get(f"{API}/jobs/{rebuild.id}").status_code == 404
    assert alice_client.post(f"{API}/jobs/{rebuild.id}/cancel").status_code == 404
    assert alice_client.get(path_of(library)).json()["status"] == "ready"
    assert document("long.txt").status == "ready"
