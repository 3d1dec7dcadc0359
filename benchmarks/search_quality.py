"""Measure how well and how fast keyword, vector and hybrid search find, on a collection with relevance judgments.

    python benchmarks/search_quality.py --data <folder with corpus.jsonl, queries.jsonl and qrels.tsv>

The formats are those of BEIR; SciFact is a good choice. It starts an engine of its own in a temporary folder, and goes
through the store, the embedder and the ranking that the service uses.
"""

import argparse
import json
import math
import statistics
import sys
import tempfile
import time
import uuid
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from datasets.indexing.embeddings import Embedder, WordLlamaEmbedder, collection_name
from datasets.indexing.vector_store.base import ChunkRow, ScoredChunk, VectorStore
from datasets.indexing.vector_store.engine import Engine
from datasets.indexing.vector_store.milvus import MilvusStore
from datasets.search.fusion import SEARCH_DEPTH, fuse, normalise_dense, normalise_keyword

CUTOFF = 10
DATASET_ID = str(uuid.uuid5(uuid.NAMESPACE_URL, "fltr:benchmark"))

Search = Callable[[str], list[ScoredChunk]]
Judgments = dict[str, dict[str, int]]


@dataclass(frozen=True)
class Searcher:
    """The three ways to search that the service offers."""

    store: VectorStore
    embedder: Embedder
    depth: int

    def keyword(self, query: str) -> list[ScoredChunk]:
        return normalise_keyword(self._keyword(query))

    def vector(self, query: str) -> list[ScoredChunk]:
        return normalise_dense(self._dense(query))

    def hybrid(self, query: str) -> list[ScoredChunk]:
        return fuse(self._dense(query), self._keyword(query), dense_weight=self.embedder.dense_weight)

    def _dense(self, query: str) -> list[ScoredChunk]:
        vector = self.embedder.embed_query(query)
        return self.store.search_dense(self._collection, dataset_id=DATASET_ID, vector=vector, limit=self.depth)

    def _keyword(self, query: str) -> list[ScoredChunk]:
        return self.store.search_keyword(self._collection, dataset_id=DATASET_ID, text=query, limit=self.depth)

    @property
    def _collection(self) -> str:
        return collection_name(self.embedder)


def main() -> None:
    """Load the collection, run every judged query in every mode, print one table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder with corpus.jsonl, queries.jsonl, qrels.tsv")
    parser.add_argument("--depth", type=int, default=SEARCH_DEPTH, help="hits of each search that enter the fusion")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="fltr-bench-") as folder:
        engine = Engine(Path(folder))
        engine.start()
        try:
            engine.wait_ready(30)
            run(options.data, MilvusStore(engine.uri), depth=options.depth)
        finally:
            engine.stop()


def run(data: Path, store: VectorStore, *, depth: int) -> None:
    """Measure every mode on the data in this store."""
    searcher = Searcher(store, WordLlamaEmbedder(), depth)
    started = time.perf_counter()
    loaded = load_corpus(data / "corpus.jsonl", searcher)
    print(f"{len(loaded)} documents embedded and written in {time.perf_counter() - started:.1f} s")
    queries = {line["_id"]: line["text"] for line in read_lines(data / "queries.jsonl")}
    judgments = read_judgments(data / "qrels.tsv")
    print(f"{'mode':10}{f'nDCG@{CUTOFF}':>10}{'median ms':>12}{'p95 ms':>10}")
    for name in ("keyword", "vector", "hybrid"):
        quality, times_ms = measure(getattr(searcher, name), queries, judgments, loaded)
        p95 = statistics.quantiles(times_ms, n=20)[-1]
        print(f"{name:10}{quality:10.3f}{statistics.median(times_ms):12.1f}{p95:10.1f}")


def load_corpus(path: Path, searcher: Searcher) -> dict[str, str]:
    """Write one chunk per document, title and text together; return the corpus' ids by ours."""
    documents = list(read_lines(path))
    texts = [f"{document.get('title', '')}\n{document['text']}".strip() for document in documents]
    vectors = searcher.embedder.embed_documents(texts)
    ids = {str(uuid.uuid5(uuid.NAMESPACE_URL, document["_id"])): document["_id"] for document in documents}
    rows = [
        ChunkRow(DATASET_ID, document_id, 1, 0, text[:4_000], 0, len(text), None, vector)
        for document_id, text, vector in zip(ids, texts, vectors, strict=True)
    ]
    collection = collection_name(searcher.embedder)
    searcher.store.ensure_collection(collection, searcher.embedder.dimension)
    searcher.store.upsert(collection, rows)
    return ids


def measure(
    search: Search, queries: dict[str, str], judgments: Judgments, ids: dict[str, str]
) -> tuple[float, list[float]]:
    """Return the mean nDCG and each query's time in milliseconds."""
    search("warm up")
    gains, times_ms = [], []
    for query_id, relevant in judgments.items():
        started = time.perf_counter()
        hits = search(queries[query_id])[:CUTOFF]
        times_ms.append((time.perf_counter() - started) * 1_000)
        gains.append(ndcg([ids[hit.document_id] for hit in hits], relevant))
    return statistics.fmean(gains), times_ms


def ndcg(found: list[str], relevant: dict[str, int]) -> float:
    """Return the normalised discounted cumulative gain of a ranking."""
    best = dcg(sorted(relevant.values(), reverse=True)[:CUTOFF])
    return dcg([relevant.get(document, 0) for document in found]) / best if best else 0.0


def dcg(gains: list[int]) -> float:
    """Return the gains, each worth less the further down it stands."""
    return sum(gain / math.log2(rank + 2) for rank, gain in enumerate(gains))


def read_judgments(path: Path) -> Judgments:
    """Return relevances by query id and document id."""
    judgments: Judgments = defaultdict(dict)
    for line in path.read_text().splitlines():
        query_id, document_id, relevance = line.split("\t")
        if relevance.isdecimal():
            judgments[query_id][document_id] = int(relevance)
    return judgments


def read_lines(path: Path) -> list[dict[str, str]]:
    """Return the objects of a JSON lines file."""
    return [json.loads(line) for line in path.read_text().split("\n") if line]


if __name__ == "__main__":
    main()
