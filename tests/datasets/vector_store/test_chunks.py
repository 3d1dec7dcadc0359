"""What writing, reading and deleting chunks promise, from Milvus as from its twin."""

from dataclasses import replace

import pytest

from datasets.errors import VectorStoreError
from datasets.indexing.vector_store import milvus
from datasets.indexing.vector_store.base import MAX_CONTENT_BYTES, VectorStore
from tests.datasets.vector_store.rows import COLLECTION, EAST, NORTH, make_row, new_id, vector

SOME_ID = "3b1f8c5e-9d2a-4c6b-8e7f-0a1b2c3d4e5f"


def test_a_chunk_is_given_back_as_it_was_written(store: VectorStore, dataset_id: str) -> None:
    row = make_row(dataset_id, 'Crème "brûlée"\\ 🦀\n 检索 \x01 end', page=7, chunk_index=3, version=2)
    store.upsert(COLLECTION, [row])

    stored = store.fetch(COLLECTION, [row.chunk_id])[row.chunk_id]

    assert (stored.document_id, stored.version, stored.chunk_index) == (row.document_id, 2, 3)
    assert (stored.content, stored.start_char, stored.end_char, stored.page) == (row.content, 0, row.end_char, 7)


def test_a_chunk_without_a_page_has_none(store: VectorStore, dataset_id: str) -> None:
    row = make_row(dataset_id, page=None)
    store.upsert(COLLECTION, [row])

    assert store.fetch(COLLECTION, [row.chunk_id])[row.chunk_id].page is None


@pytest.mark.parametrize("content", ["", "a\0b\0", "half \ud800 a pair", "\udfff"], ids=ascii)
def test_what_cannot_be_stored_is_replaced_without_moving_offsets(
    store: VectorStore, dataset_id: str, content: str
) -> None:
    row = make_row(dataset_id, content)
    store.upsert(COLLECTION, [row])

    stored = store.fetch(COLLECTION, [row.chunk_id])[row.chunk_id]

    assert len(stored.content) == len(content)
    assert "\0" not in stored.content


def test_a_full_chunk_of_four_byte_characters_fits(store: VectorStore, dataset_id: str) -> None:
    row = make_row(dataset_id, "🦀" * 1_500)
    store.upsert(COLLECTION, [row])

    assert store.fetch(COLLECTION, [row.chunk_id])[row.chunk_id].content == row.content


def test_writing_twice_leaves_one_row(store: VectorStore, dataset_id: str) -> None:
    rows = [make_row(dataset_id, chunk_index=index) for index in range(3)]

    store.upsert(COLLECTION, rows)
    store.upsert(COLLECTION, rows)

    assert store.count(COLLECTION, dataset_id=dataset_id) == 3


def test_writing_again_replaces_content_and_vector(store: VectorStore, dataset_id: str) -> None:
    row = make_row(dataset_id, "A running dog", EAST)
    store.upsert(COLLECTION, [row])

    store.upsert(COLLECTION, [replace(row, content="A sleeping cat", vector=vector(NORTH))])

    assert store.search_keyword(COLLECTION, dataset_id=dataset_id, text="dog", limit=5) == []
    [hit] = store.search_dense(COLLECTION, dataset_id=dataset_id, vector=vector(NORTH), limit=5)
    assert hit.score == pytest.approx(1, abs=1e-5)


def test_writing_nothing_is_no_error(store: VectorStore) -> None:
    store.upsert("fltr_not_made", [])

    assert store.count("fltr_not_made") == 0


@pytest.mark.parametrize("length", [1, 3, 8, 16])
def test_a_vector_of_another_dimension_is_refused(store: VectorStore, dataset_id: str, length: int) -> None:
    good, bad = make_row(dataset_id), make_row(dataset_id, direction=[1.0] * length)

    with pytest.raises(VectorStoreError, match="4 dimensions"):
        store.upsert(COLLECTION, [good, bad])

    assert store.count(COLLECTION, dataset_id=dataset_id) == 0


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_vector_that_is_not_finite_is_refused(store: VectorStore, dataset_id: str, value: float) -> None:
    with pytest.raises(VectorStoreError, match="finite"):
        store.upsert(COLLECTION, [make_row(dataset_id, direction=(value, 0, 0, 0))])


def test_a_content_beyond_the_limit_in_bytes_is_refused(store: VectorStore, dataset_id: str) -> None:
    store.upsert(COLLECTION, [make_row(dataset_id, "x" * MAX_CONTENT_BYTES)])

    with pytest.raises(VectorStoreError, match="bytes"):
        store.upsert(COLLECTION, [make_row(dataset_id, "é" * (MAX_CONTENT_BYTES // 2 + 1))])


@pytest.mark.parametrize("field", ["dataset_id", "document_id"])
def test_a_row_with_an_id_that_is_none_is_refused(store: VectorStore, dataset_id: str, field: str) -> None:
    with pytest.raises(ValueError, match="Expected"):
        store.upsert(COLLECTION, [replace(make_row(dataset_id), **{field: 'x" or "1" == "1'})])


def test_writing_where_no_collection_is_says_so(store: VectorStore, dataset_id: str) -> None:
    with pytest.raises(VectorStoreError, match="not found"):
        store.upsert("fltr_not_made", [make_row(dataset_id)])


def test_fetch_leaves_out_what_is_not_there(store: VectorStore, dataset_id: str) -> None:
    row, other = make_row(dataset_id), make_row(dataset_id)
    store.upsert(COLLECTION, [row])

    assert set(store.fetch(COLLECTION, [other.chunk_id, row.chunk_id, row.chunk_id])) == {row.chunk_id}
    assert store.fetch(COLLECTION, []) == {}


@pytest.mark.parametrize("evil", ["", "1", '"] or chunk_id != ""', f'{SOME_ID}.1.0"', f"{SOME_ID}.1.x", SOME_ID, None])
def test_a_chunk_id_that_is_none_never_reaches_the_filter(store: VectorStore, evil: str) -> None:
    with pytest.raises(ValueError, match="chunk id"):
        store.fetch(COLLECTION, [evil])


def test_many_chunks_are_written_read_and_counted(store: VectorStore, dataset_id: str) -> None:
    document_id = new_id()
    rows = [make_row(dataset_id, f"word{n}", document_id=document_id, chunk_index=n) for n in range(2_500)]

    store.upsert(COLLECTION, rows)

    assert store.count(COLLECTION, document_id=document_id) == 2_500
    assert len(store.fetch(COLLECTION, [row.chunk_id for row in rows])) == 2_500
    everything = store.document_chunks(COLLECTION, document_id=document_id, version=1, start=0, stop=10**12)
    assert [chunk.chunk_index for chunk in everything] == list(range(2_500))


def test_a_documents_chunks_come_in_order_from_start_to_stop(store: VectorStore, dataset_id: str) -> None:
    document_id = new_id()
    store.upsert(
        COLLECTION,
        [
            make_row(dataset_id, document_id=document_id, chunk_index=n, version=v)
            for n in (4, 1, 3, 0, 2)
            for v in (1, 2)
        ],
    )

    chunks = store.document_chunks(COLLECTION, document_id=document_id, version=2, start=1, stop=4)

    assert [(chunk.chunk_index, chunk.version) for chunk in chunks] == [(1, 2), (2, 2), (3, 2)]


@pytest.mark.parametrize(("start", "stop"), [(5, 9), (3, 3), (4, 2), (-3, 0), (10**30, 10**31)])
def test_a_window_beyond_the_document_is_empty(store: VectorStore, dataset_id: str, start: int, stop: int) -> None:
    row = make_row(dataset_id)
    store.upsert(COLLECTION, [row])

    assert store.document_chunks(COLLECTION, document_id=row.document_id, version=1, start=start, stop=stop) == []


def test_deleting_a_version_leaves_the_others(store: VectorStore, dataset_id: str) -> None:
    document_id = new_id()
    store.upsert(COLLECTION, [make_row(dataset_id, document_id=document_id, version=v) for v in (1, 2, 3)])

    store.delete_document(COLLECTION, document_id=document_id, version=2)

    found = [store.count(COLLECTION, document_id=document_id, version=v) for v in (1, 2, 3)]
    assert found == [1, 0, 1]


def test_deleting_a_document_removes_all_its_versions(store: VectorStore, dataset_id: str) -> None:
    rows = [make_row(dataset_id, document_id=new_id()) for _ in range(2)]
    store.upsert(COLLECTION, [*rows, replace(rows[0], version=2)])

    store.delete_document(COLLECTION, document_id=rows[0].document_id)

    assert store.count(COLLECTION, document_id=rows[0].document_id) == 0
    assert store.count(COLLECTION, dataset_id=dataset_id) == 1


def test_deleting_a_dataset_leaves_the_others(store: VectorStore, dataset_id: str) -> None:
    other = new_id()
    store.upsert(COLLECTION, [make_row(dataset_id), make_row(dataset_id), make_row(other)])

    store.delete_dataset(COLLECTION, dataset_id=dataset_id)

    assert store.count(COLLECTION, dataset_id=dataset_id) == 0
    assert store.count(COLLECTION, dataset_id=other) == 1


@pytest.mark.parametrize("evil", ["", '" or "1" == "1', "*", None])
def test_deleting_by_an_id_that_is_none_deletes_nothing(store: VectorStore, dataset_id: str, evil: str) -> None:
    store.upsert(COLLECTION, [make_row(dataset_id)])

    with pytest.raises(ValueError, match="UUID"):
        store.delete_dataset(COLLECTION, dataset_id=evil)
    with pytest.raises(ValueError, match="UUID"):
        store.delete_document(COLLECTION, document_id=evil)

    assert store.count(COLLECTION, dataset_id=dataset_id) == 1


def test_only_the_named_documents_are_counted(store: VectorStore, dataset_id: str) -> None:
    rows = [make_row(dataset_id), make_row(dataset_id), make_row(dataset_id, version=2)]
    store.upsert(COLLECTION, rows)
    two = [row.document_id for row in rows[1:]]

    assert store.count(COLLECTION, dataset_id=dataset_id, document_ids=two) == 2
    assert store.count(COLLECTION, dataset_id=dataset_id, version=2, document_ids=two) == 1
    assert store.count(COLLECTION, dataset_id=dataset_id, document_ids=[]) == 0


def test_walking_tells_every_chunk_once_in_order(store: VectorStore, dataset_id: str) -> None:
    rows = [make_row(dataset_id), make_row(dataset_id, version=2, chunk_index=10), make_row(new_id())]
    store.upsert(COLLECTION, rows)

    walked = list(store.walk(COLLECTION, dataset_id=dataset_id))

    assert walked == sorted((dataset_id, row.chunk_id) for row in rows[:2])
    assert {(row.dataset_id, row.chunk_id) for row in rows} <= set(store.walk(COLLECTION))


def test_walking_goes_to_the_named_documents_only(store: VectorStore, dataset_id: str) -> None:
    rows = [make_row(dataset_id) for _ in range(3)]
    store.upsert(COLLECTION, rows)

    walked = store.walk(COLLECTION, document_ids=[row.document_id for row in rows[1:]])

    assert {chunk_id for _, chunk_id in walked} == {row.chunk_id for row in rows[1:]}
    assert list(store.walk(COLLECTION, document_ids=[])) == []


def test_walking_ends_though_one_answer_does_not_hold_it_all(
    store: VectorStore, dataset_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(milvus, "WALK_BATCH", 2)
    document_id = new_id()
    # Among them ids that others begin with: 1, 10 and 100.
    rows = [make_row(dataset_id, document_id=document_id, chunk_index=index) for index in (0, 1, 2, 10, 11, 100, 101)]
    store.upsert(COLLECTION, [*rows, make_row(dataset_id)])

    walked = [chunk_id for _, chunk_id in store.walk(COLLECTION, dataset_id=dataset_id, document_ids=[document_id])]

    assert walked == sorted(row.chunk_id for row in rows)


def test_counting_without_a_condition_counts_everything(store: VectorStore, dataset_id: str) -> None:
    before = store.count(COLLECTION)

    store.upsert(COLLECTION, [make_row(dataset_id)])

    assert store.count(COLLECTION) == before + 1


def test_a_collection_that_is_not_there_reads_as_an_empty_one(store: VectorStore, dataset_id: str) -> None:
    row = make_row(dataset_id)

    store.delete_document("fltr_not_made", document_id=row.document_id)
    store.delete_dataset("fltr_not_made", dataset_id=dataset_id)

    assert store.fetch("fltr_not_made", [row.chunk_id]) == {}
    assert store.document_chunks("fltr_not_made", document_id=row.document_id, version=1, start=0, stop=9) == []
    assert list(store.walk("fltr_not_made")) == []
    assert store.search_keyword("fltr_not_made", dataset_id=dataset_id, text="dog", limit=5) == []
    assert store.search_dense("fltr_not_made", dataset_id=dataset_id, vector=vector(EAST), limit=5) == []


def test_ensuring_a_collection_again_changes_nothing(store: VectorStore, dataset_id: str) -> None:
    store.upsert(COLLECTION, [make_row(dataset_id)])

    store.ensure_collection(COLLECTION, 4)

    assert store.count(COLLECTION, dataset_id=dataset_id) == 1


def test_a_collection_of_another_dimension_is_refused(store: VectorStore) -> None:
    with pytest.raises(VectorStoreError, match="has 4 dimensions, not 8"):
        store.ensure_collection(COLLECTION, 8)


def test_a_dropped_collection_is_gone_with_all_that_was_in_it(store: VectorStore, dataset_id: str) -> None:
    store.ensure_collection("fltr_dropped", 4)
    store.upsert("fltr_dropped", [make_row(dataset_id)])

    store.drop_collection("fltr_dropped")

    assert "fltr_dropped" not in store.collections()
    assert store.count("fltr_dropped") == 0
    assert COLLECTION in store.collections()


def test_a_dropped_collection_can_be_made_anew_in_another_dimension(store: VectorStore, dataset_id: str) -> None:
    store.ensure_collection("fltr_anew", 4)
    store.drop_collection("fltr_anew")

    store.ensure_collection("fltr_anew", 8)
    store.upsert("fltr_anew", [make_row(dataset_id, direction=[1.0] * 8)])

    assert store.count("fltr_anew") == 1


def test_dropping_a_collection_that_is_not_there_is_no_error(store: VectorStore) -> None:
    store.drop_collection("fltr_not_made")

    assert "fltr_not_made" not in store.collections()


@pytest.mark.parametrize("name", ["", "1a", "a b", "a-b", "x" * 256, 'a"', "é"])
def test_a_name_that_milvus_would_not_take_is_refused(store: VectorStore, name: str) -> None:
    with pytest.raises(ValueError, match="collection name"):
        store.ensure_collection(name, 4)


def test_a_store_that_is_there_answers_a_ping(store: VectorStore) -> None:
    assert store.ping(timeout_s=5) is None
