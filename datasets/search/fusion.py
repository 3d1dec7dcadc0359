"""How search results are scored and ordered. Pure functions: no store, no model."""

from collections.abc import Iterable, Sequence

from datasets.indexing.vector_store.base import ScoredChunk

# How many hits of each search enter the fusion. With fewer, a chunk that only one search knows is scored as if the
# other had found nothing in it, and the ranking gets worse.
SEARCH_DEPTH = 1_000


def fuse(dense: Sequence[ScoredChunk], keyword: Sequence[ScoredChunk], *, dense_weight: float) -> list[ScoredChunk]:
    """Merge both searches into scores from 0 to 1, best first; equal scores by chunk id.

    A chunk's score is `(1 - w) * bm25 / best bm25 + w * cosine / best cosine`, a search that does not know it counting
    as 0. Relative scores keep what ranks throw away, by how much one hit is better than the next: with a weight that
    suits the model this never fell below the better of the two searches, which rank fusion does.
    """
    totals = {chunk_id: (1.0 - dense_weight) * score for chunk_id, score in _relative(keyword).items()}
    for chunk_id, score in _relative(dense).items():
        totals[chunk_id] = min(1.0, totals.get(chunk_id, 0.0) + dense_weight * score)
    return _scored(totals.items())


def normalise_dense(hits: Sequence[ScoredChunk]) -> list[ScoredChunk]:
    """Return cosines as scores from 0 to 1, best first; what points away counts as what is unrelated."""
    return _scored((chunk_id, min(score, 1.0)) for chunk_id, score in _positive(hits).items())


def normalise_keyword(hits: Sequence[ScoredChunk]) -> list[ScoredChunk]:
    """Return BM25 as a share of the best hit's, which BM25 having no upper bound becomes 1, best first."""
    return _scored(_relative(hits).items())


def _scored(scores: Iterable[tuple[str, float]]) -> list[ScoredChunk]:
    # Sorted as plain tuples: a hybrid search has up to two thousand, and a key function would be called for each.
    best_first = sorted((-score, chunk_id) for chunk_id, score in scores)
    return [ScoredChunk(chunk_id, -negative) for negative, chunk_id in best_first]


def _relative(hits: Sequence[ScoredChunk]) -> dict[str, float]:
    scores = _positive(hits)
    best = max(scores.values(), default=0.0)
    return {chunk_id: score / best for chunk_id, score in scores.items()} if best else scores


def _positive(hits: Sequence[ScoredChunk]) -> dict[str, float]:
    """Return each chunk's best score, raised to 0 where it is below, or not a number."""
    scores: dict[str, float] = {}
    for hit in hits:
        score = hit.score if hit.score > 0 else 0.0
        if score >= scores.get(hit.chunk_id, 0.0):
            scores[hit.chunk_id] = score
    return scores
