from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datasets.indexing.vector_store.base import ScoredChunk
from datasets.search.fusion import fuse, normalise_dense, normalise_keyword

FIRST, SECOND, THIRD = (f"{UUID(int=number)}.1.0" for number in (1, 2, 3))

chunk_ids = st.sampled_from([f"{UUID(int=number)}.1.{index}" for number in range(5) for index in range(3)])
any_score = st.floats(allow_nan=True, allow_infinity=False, width=32)
searches = st.lists(st.builds(ScoredChunk, chunk_ids, any_score), max_size=15)
weights = st.floats(min_value=0, max_value=1)


def hits(**scores: float) -> list[ScoredChunk]:
    names = {"first": FIRST, "second": SECOND, "third": THIRD}
    return [ScoredChunk(names[name], score) for name, score in scores.items()]


def scores(ranking: list[ScoredChunk]) -> dict[str, float]:
    return {hit.chunk_id: hit.score for hit in ranking}


def test_both_searches_count_relative_to_their_best_hit() -> None:
    ranking = fuse(hits(first=0.8, second=0.4), hits(second=12.0, third=3.0), dense_weight=0.3)

    assert [hit.chunk_id for hit in ranking] == [SECOND, FIRST, THIRD]
    assert scores(ranking) == pytest.approx({SECOND: 0.7 + 0.15, FIRST: 0.3, THIRD: 0.175})


def test_the_best_in_both_searches_has_score_one() -> None:
    [best] = fuse(hits(first=0.5), hits(first=7.0), dense_weight=0.3)

    assert best.score == pytest.approx(1)


def test_one_search_that_found_nothing_leaves_the_order_to_the_other() -> None:
    found = hits(first=0.2, second=0.9)

    assert [hit.chunk_id for hit in fuse(found, [], dense_weight=0.3)] == [SECOND, FIRST]
    assert [hit.chunk_id for hit in fuse([], found, dense_weight=0.3)] == [SECOND, FIRST]
    assert fuse([], [], dense_weight=0.3) == []


@pytest.mark.parametrize("score", [-0.9, 0.0, float("nan")])
def test_a_chunk_that_points_away_gains_nothing_from_it(score: float) -> None:
    ranking = fuse(hits(first=score), hits(second=1.0), dense_weight=0.3)

    assert scores(ranking) == {SECOND: 0.7, FIRST: 0.0}


def test_equal_scores_are_ordered_by_chunk_id() -> None:
    ranking = fuse(hits(third=0.5, first=0.5, second=0.5), [], dense_weight=0.3)

    assert [hit.chunk_id for hit in ranking] == [FIRST, SECOND, THIRD]


def test_a_cosine_is_its_own_score_within_zero_and_one() -> None:
    ranking = normalise_dense(hits(first=-0.5, second=0.25, third=1.0000001))

    assert [(hit.chunk_id, hit.score) for hit in ranking] == [(THIRD, 1.0), (SECOND, 0.25), (FIRST, 0.0)]


def test_a_keyword_score_is_a_share_of_the_best() -> None:
    ranking = normalise_keyword(hits(first=3.0, second=12.0))

    assert [(hit.chunk_id, hit.score) for hit in ranking] == [(SECOND, 1.0), (FIRST, 0.25)]


def test_no_hits_are_no_results() -> None:
    assert normalise_dense([]) == normalise_keyword([]) == []


@given(dense=searches, keyword=searches, weight=weights)
def test_every_score_is_within_zero_and_one_and_falls(
    dense: list[ScoredChunk], keyword: list[ScoredChunk], weight: float
) -> None:
    for ranking in (fuse(dense, keyword, dense_weight=weight), normalise_dense(dense), normalise_keyword(keyword)):
        values = [hit.score for hit in ranking]
        assert all(0 <= value <= 1 for value in values)
        assert values == sorted(values, reverse=True)


@given(dense=searches, keyword=searches, weight=weights)
def test_every_chunk_found_is_ranked_once(dense: list[ScoredChunk], keyword: list[ScoredChunk], weight: float) -> None:
    ranking = fuse(dense, keyword, dense_weight=weight)

    found = [hit.chunk_id for hit in ranking]
    assert sorted(found) == sorted({hit.chunk_id for hit in dense + keyword})


@given(dense=searches, keyword=searches, weight=weights)
def test_the_order_of_the_hits_does_not_matter(
    dense: list[ScoredChunk], keyword: list[ScoredChunk], weight: float
) -> None:
    ranking = fuse(dense, keyword, dense_weight=weight)

    assert fuse(dense[::-1], keyword[::-1], dense_weight=weight) == ranking
