"""What a search promises, from Milvus as from its twin."""

import pytest

from datasets.indexing.vector_store.base import ScoredChunk, VectorStore
from tests.datasets.vector_store.rows import COLLECTION, EAST, NORTH, WEST, make_row, new_id, vector

SOME_ID = "3b1f8c5e-9d2a-4c6b-8e7f-0a1b2c3d4e5f"
NOTHING_TO_LOOK_FOR = ["", " ", "\n\t", "the", "of the and", "!!!", '"', "''", "\\", "--", "\0", "\u200b"]
ODD = [
    '"; drop',
    "' or 1 == 1",
    '") or (dataset_id != "',
    "a\0b",
    "\ud800",
    "\ud800\udfff",
    "😀🦀",
    "\x7f\x1b[31m",
    "🇩🇪" * 300,
    "dog AND (",
    "dog*",
    "/dog.*/",
    "title:dog",
    "^~?+-&&||",
    "é" * 10_000,
    "dog " * 25_000,
    "\u202e\ufeff\uffff",
]


def keyword(store: VectorStore, dataset_id: str, text: str, **options: object) -> list[ScoredChunk]:
    arguments = {"limit": 10, **options}
    return store.search_keyword(COLLECTION, dataset_id=dataset_id, text=text, **arguments)


def dense(store: VectorStore, dataset_id: str, direction: object = EAST, **options: object) -> list[ScoredChunk]:
    arguments = {"limit": 10, **options}
    return store.search_dense(COLLECTION, dataset_id=dataset_id, vector=vector(direction), **arguments)


def test_the_nearest_direction_comes_first(store: VectorStore, dataset_id: str) -> None:
    rows = [make_row(dataset_id, direction=direction) for direction in (WEST, EAST, NORTH)]
    store.upsert(COLLECTION, rows)

    hits = dense(store, dataset_id, EAST)

    assert [hit.chunk_id for hit in hits] == [rows[1].chunk_id, rows[2].chunk_id, rows[0].chunk_id]
    assert [hit.score for hit in hits] == pytest.approx([1, 0, -1], abs=1e-5)


def test_the_length_of_a_vector_does_not_matter(store: VectorStore, dataset_id: str) -> None:
    store.upsert(COLLECTION, [make_row(dataset_id, direction=(3.0, 0.0, 0.0, 0.0))])

    [hit] = dense(store, dataset_id, (50.0, 0.0, 0.0, 0.0))

    assert hit.score == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("direction", [(0, 0, 0, 0), (float("nan"), 0, 0, 0), (float("inf"), 0, 0, 0)])
def test_a_query_without_a_direction_finds_nothing(
    store: VectorStore, dataset_id: str, direction: tuple[float, ...]
) -> None:
    store.upsert(COLLECTION, [make_row(dataset_id)])

    assert dense(store, dataset_id, direction) == []


def test_a_chunk_without_a_direction_is_neither_near_nor_far(store: VectorStore, dataset_id: str) -> None:
    store.upsert(COLLECTION, [make_row(dataset_id, direction=(0.0, 0.0, 0.0, 0.0))])

    [hit] = dense(store, dataset_id)

    assert hit.score == 0


@pytest.mark.parametrize("text", ["run", "RUNNING", "runs", "dog", "dogs", "the running"])
def test_words_are_found_in_other_forms(store: VectorStore, dataset_id: str, text: str) -> None:
    row = make_row(dataset_id, "A running dog")
    store.upsert(COLLECTION, [row])

    [hit] = keyword(store, dataset_id, text)

    assert hit.chunk_id == row.chunk_id
    assert hit.score > 0


def test_the_chunk_that_says_it_shorter_comes_first(store: VectorStore, dataset_id: str) -> None:
    long, short = make_row(dataset_id, "crab " + "and other sea animals " * 20), make_row(dataset_id, "crab")
    store.upsert(COLLECTION, [long, short])

    hits = keyword(store, dataset_id, "crab")

    assert [hit.chunk_id for hit in hits] == [short.chunk_id, long.chunk_id]


def test_a_chunk_without_any_of_the_words_is_no_hit(store: VectorStore, dataset_id: str) -> None:
    store.upsert(COLLECTION, [make_row(dataset_id, "A running dog")])

    assert keyword(store, dataset_id, "violin") == []


@pytest.mark.parametrize("text", NOTHING_TO_LOOK_FOR, ids=ascii)
def test_a_text_without_a_word_to_look_for_finds_nothing(store: VectorStore, dataset_id: str, text: str) -> None:
    store.upsert(COLLECTION, [make_row(dataset_id)])

    assert keyword(store, dataset_id, text) == []


@pytest.mark.parametrize("text", ODD, ids=range(len(ODD)))
def test_odd_texts_are_searched_like_others(store: VectorStore, dataset_id: str, text: str) -> None:
    store.upsert(COLLECTION, [make_row(dataset_id), make_row(new_id(), f"{text[:300]} elsewhere")])

    hits = keyword(store, dataset_id, text)

    assert len(hits) <= 1


def test_words_behind_a_nul_are_found(store: VectorStore, dataset_id: str) -> None:
    store.upsert(COLLECTION, [make_row(dataset_id, "before\0behind")])

    assert len(keyword(store, dataset_id, "behind")) == 1
    assert len(keyword(store, dataset_id, "nothing\0behind")) == 1


def test_another_dataset_is_never_searched(store: VectorStore, dataset_id: str) -> None:
    store.upsert(COLLECTION, [make_row(new_id())])

    assert keyword(store, dataset_id, "dog") == []
    assert dense(store, dataset_id) == []


def test_a_search_can_be_limited_to_documents(store: VectorStore, dataset_id: str) -> None:
    rows = [make_row(dataset_id) for _ in range(3)]
    store.upsert(COLLECTION, rows)
    wanted = {"document_ids": [rows[0].document_id, rows[2].document_id]}

    found = [keyword(store, dataset_id, "dog", **wanted), dense(store, dataset_id, **wanted)]

    expected = sorted([rows[0].chunk_id, rows[2].chunk_id])
    assert [[hit.chunk_id for hit in hits] for hits in found] == [expected, expected]


def test_a_search_in_no_document_finds_nothing(store: VectorStore, dataset_id: str) -> None:
    store.upsert(COLLECTION, [make_row(dataset_id)])

    assert keyword(store, dataset_id, "dog", document_ids=[]) == []
    assert dense(store, dataset_id, document_ids=[]) == []


def test_thousands_of_documents_may_be_named(store: VectorStore, dataset_id: str) -> None:
    row = make_row(dataset_id)
    store.upsert(COLLECTION, [row, make_row(dataset_id)])
    wanted = [new_id() for _ in range(5_000)] + [row.document_id]

    assert [hit.chunk_id for hit in keyword(store, dataset_id, "dog", document_ids=wanted)] == [row.chunk_id]
    assert [hit.chunk_id for hit in dense(store, dataset_id, document_ids=wanted)] == [row.chunk_id]


@pytest.mark.parametrize(("limit", "expected"), [(-1, 0), (0, 0), (2, 2), (100, 3), (1_000_000, 3)])
def test_no_more_than_the_limit_is_returned(store: VectorStore, dataset_id: str, limit: int, expected: int) -> None:
    store.upsert(COLLECTION, [make_row(dataset_id) for _ in range(3)])

    assert len(keyword(store, dataset_id, "dog", limit=limit)) == expected
    assert len(dense(store, dataset_id, limit=limit)) == expected


def test_equal_scores_are_ordered_by_chunk_id(store: VectorStore, dataset_id: str) -> None:
    rows = [make_row(dataset_id) for _ in range(8)]
    store.upsert(COLLECTION, rows)

    expected = sorted(row.chunk_id for row in rows)
    assert [hit.chunk_id for hit in keyword(store, dataset_id, "dog")] == expected
    assert [hit.chunk_id for hit in dense(store, dataset_id)] == expected


def test_an_emptied_dataset_answers_with_nothing(store: VectorStore, dataset_id: str) -> None:
    store.upsert(COLLECTION, [make_row(dataset_id)])

    store.delete_dataset(COLLECTION, dataset_id=dataset_id)

    assert keyword(store, dataset_id, "dog") == []
    assert dense(store, dataset_id) == []


def test_a_collection_that_never_held_anything_answers_with_nothing(store: VectorStore, dataset_id: str) -> None:
    store.ensure_collection("fltr_never_filled_4", 4)

    found = store.search_keyword("fltr_never_filled_4", dataset_id=dataset_id, text="dog", limit=5)

    assert found == store.search_dense("fltr_never_filled_4", dataset_id=dataset_id, vector=vector(EAST), limit=5) == []


@pytest.mark.parametrize(
    "evil",
    [
        "",
        "x",
        "*",
        '" or dataset_id != "',
        f'{SOME_ID}" or "1" == "1',
        f'{SOME_ID}"',
        f"{SOME_ID}\n",
        SOME_ID.upper(),
        SOME_ID.replace("-", ""),
        f"{{{SOME_ID}}}",
        None,
        7,
    ],
)
def test_an_id_that_is_none_never_reaches_the_filter(store: VectorStore, dataset_id: str, evil: str) -> None:
    with pytest.raises(ValueError, match="UUID"):
        keyword(store, evil, "dog")
    with pytest.raises(ValueError, match="UUID"):
        dense(store, evil)
    with pytest.raises(ValueError, match="UUID"):
        keyword(store, dataset_id, "dog", document_ids=[new_id(), evil])
