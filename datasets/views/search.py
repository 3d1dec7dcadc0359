"""Queries over HTTP."""

import time
from collections.abc import Sequence
from functools import partial
from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from authbridge.shared.errors import InvalidInput
from authbridge.shared.views import action, public_action
from datasets.models import Dataset
from datasets.search.filters import check_filters
from datasets.search.passages import VECTOR, Hit, Query, search
from datasets.selectors import queryable_datasets
from datasets.serializers import (
    AnswerSerializer,
    BatchAnswerSerializer,
    BatchQuerySerializer,
    DatasetQuerySerializer,
    DatasetReferenceSerializer,
    EmbeddingSearchSerializer,
    ListedDatasetSerializer,
    ManifestSerializer,
    QuerySerializer,
)
from datasets.services.search import EMBEDDING_SEARCH, OPERATIONS
from datasets.views.base import DatasetsViewSet

NO_RERANKER = "Reranking is not available on this server. Leave rerank out or false."

query_action = partial(action, methods=["post"], scope="mcp:query", charges=[*OPERATIONS.values()], failures=[404, 503])


class QueryViewSet(DatasetsViewSet):
    """Views that answer questions to one dataset, which the path or the body names."""

    def in_body(self) -> Dataset:
        """Return the dataset that the body names, if the caller may query it; looked up before the rest is checked."""
        return self.readable(self.read(DatasetReferenceSerializer)["dataset_id"])

    def answer_query(self, dataset: Dataset, fields: dict[str, Any], *, operation: str | None = None) -> Response:
        """Search, charge and answer."""
        query = as_query(fields)
        started = time.monotonic()
        with self.requires_credits(
            operation or OPERATIONS[query.mode], resource_id=str(dataset.id), dataset_id=dataset.id
        ):
            hits = search(dataset, query)
        results = shape(hits)
        return Response(
            {"results": results, "total": len(results), "query_time_ms": elapsed_ms(started), "mode": query.mode}
        )


class SearchViewSet(QueryViewSet):
    """Questions to datasets, as AI applications ask them."""

    plural = "datasets"

    @query_action(detail=False, operation_id="query", body=DatasetQuerySerializer, answer=AnswerSerializer)
    def query(self, request: Request) -> Response:
        """Ask a dataset a question, which costs credits."""
        dataset = self.in_body()
        return self.answer_query(dataset, self.read(QuerySerializer))

    @query_action(
        detail=False,
        url_path="batch-query",
        operation_id="batch_query",
        body=BatchQuerySerializer,
        answer=BatchAnswerSerializer,
    )
    def batch_query(self, request: Request) -> Response:
        """Ask up to ten questions; all are answered and charged, or none."""
        dataset = self.in_body()
        queries = [as_query(item) for item in self.read(BatchQuerySerializer)["queries"]]
        started = time.monotonic()
        with self.requires_credits(
            *(OPERATIONS[query.mode] for query in queries), resource_id=str(dataset.id), dataset_id=dataset.id
        ):
            results = [{"query": query.text, "results": shape(search(dataset, query))} for query in queries]
        return Response({"results": results, "query_time_ms": elapsed_ms(started)})

    @action(
        detail=False,
        operation_id="list_queryable_datasets",
        scope="mcp:query",
        answer=ListedDatasetSerializer(many=True),
    )
    def datasets(self, request: Request) -> Response:
        """The datasets that the caller may query."""
        return self.page(queryable_datasets(self.caller), ListedDatasetSerializer)

    @public_action(detail=False, scope=None, answer=ManifestSerializer)
    def manifest(self, request: Request) -> Response:
        """What tools this service offers to AI applications."""
        return Response(manifest(request.build_absolute_uri("/api/v1")))


class EmbeddingSearchViewSet(QueryViewSet):
    """Vector search alone, at a price of its own."""

    @query_action(
        detail=False,
        operation_id="search_embeddings",
        charges=[EMBEDDING_SEARCH],
        body=EmbeddingSearchSerializer,
        answer=AnswerSerializer,
    )
    def search(self, request: Request) -> Response:
        """Find passages near a text in meaning."""
        dataset = self.in_body()
        fields = {**self.read(EmbeddingSearchSerializer), "mode": VECTOR}
        return self.answer_query(dataset, fields, operation=EMBEDDING_SEARCH)


def as_query(fields: dict[str, Any]) -> Query:
    """Return validated fields as a query."""
    if fields.get("rerank"):
        raise InvalidInput("rerank", NO_RERANKER)
    filters = check_filters(fields["filters"]) if fields.get("filters") is not None else None
    return Query(text=fields["query"], limit=fields["limit"], mode=fields["mode"], filters=filters)


def shape(hits: Sequence[Hit]) -> list[dict[str, Any]]:
    """Shape passages."""
    return [
        {
            "chunk_id": hit.chunk.chunk_id,
            "content": hit.chunk.content,
            "score": round(hit.score, 6),
            "metadata": hit.document.metadata,
            "document_id": hit.document.id,
            "filename": hit.document.filename,
            "chunk_index": hit.chunk.chunk_index,
            "start_char": hit.chunk.start_char,
            "end_char": hit.chunk.end_char,
            "page": hit.chunk.page,
        }
        for hit in hits
    ]


def elapsed_ms(started: float) -> float:
    """Return the milliseconds since a moment."""
    return round((time.monotonic() - started) * 1000, 1)


def manifest(base_url: str) -> dict[str, Any]:
    """Describe the tools; their inputs are the bodies that the OpenAPI document describes."""
    tools = [
        ("search_dataset", "POST", "/mcp/query", "Find the passages of a dataset that answer a question."),
        ("batch_search_datasets", "POST", "/mcp/batch-query", "Ask a dataset up to ten questions at once."),
        ("list_datasets", "GET", "/mcp/datasets", "List the datasets that can be searched."),
        ("get_dataset_info", "GET", "/datasets/{dataset_id}", "Describe one dataset."),
    ]
    return {
        "name": "fltr",
        "version": "1.0.0",
        "description": "Search in people's documents, metered in credits.",
        "tools": [
            {"name": name, "method": method, "url": base_url + path, "description": description}
            for name, method, path, description in tools
        ],
    }
