"""Queries over HTTP."""

import time
from collections.abc import Sequence
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import viewsets
from rest_framework.decorators import action
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from authbridge.shared.callers import anybody, caller_of
from authbridge.shared.errors import InvalidInput
from authbridge.shared.operations import operation_id_of
from credits.permissions import HasScope
from credits.services import payer_of
from datasets.models import Dataset
from datasets.permissions import ensure_readable
from datasets.search.filters import check_filters
from datasets.search.passages import VECTOR, Hit, Query
from datasets.selectors import find_dataset, queryable_datasets
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
from datasets.services.search import EMBEDDING_SEARCH, answer
from datasets.views.metering import respond

NO_RERANKER = "Reranking is not available on this server. Leave rerank out or false."


class SearchViewSet(viewsets.GenericViewSet[Dataset]):
    """Questions to datasets, as AI applications ask them."""

    queryset = Dataset.objects.none()
    permission_classes = [IsAuthenticated, HasScope]
    required_scopes = {"query": "mcp:query", "batch_query": "mcp:query", "datasets": "mcp:query"}
    afresh_actions = ("query", "batch_query")
    plural = "datasets"

    @extend_schema(operation_id="query", request=DatasetQuerySerializer, responses=AnswerSerializer)
    @action(detail=False, methods=["post"], serializer_class=DatasetQuerySerializer)
    def query(self, request: Request) -> Response:
        """Ask a dataset a question, which costs credits."""
        dataset = dataset_of(request)
        body = QuerySerializer(data=request.data)
        body.is_valid(raise_exception=True)
        return answer_query(request, dataset, body.validated_data)

    @extend_schema(operation_id="batch_query", request=BatchQuerySerializer, responses=BatchAnswerSerializer)
    @action(detail=False, methods=["post"], url_path="batch-query", serializer_class=BatchQuerySerializer)
    def batch_query(self, request: Request) -> Response:
        """Ask up to ten questions; all are answered and charged, or none."""
        dataset = dataset_of(request)
        body = BatchQuerySerializer(data=request.data)
        body.is_valid(raise_exception=True)
        queries = [as_query(item) for item in body.validated_data["queries"]]
        started = time.monotonic()
        answers = answer(
            operation_id=operation_id_of(request), dataset=dataset, payer=payer_of(caller_of(request)), queries=queries
        )
        results = [
            {"query": query.text, "results": shape(hits)} for query, hits in zip(queries, answers.hits, strict=True)
        ]
        return respond({"results": results, "query_time_ms": elapsed_ms(started)}, answers.payment)

    @extend_schema(operation_id="list_queryable_datasets", responses=ListedDatasetSerializer(many=True))
    @action(detail=False)
    def datasets(self, request: Request) -> Response:
        """The datasets that the caller may query."""
        rows = self.paginate_queryset(queryable_datasets(caller_of(request)))
        return self.get_paginated_response(ListedDatasetSerializer(rows, many=True).data)

    @extend_schema(responses=ManifestSerializer)
    @action(detail=False, permission_classes=[AllowAny])
    def manifest(self, request: Request) -> Response:
        """What tools this service offers to AI applications."""
        return Response(manifest(request.build_absolute_uri("/api/v1")))


class EmbeddingSearchViewSet(viewsets.GenericViewSet[Dataset]):
    """Vector search alone, at a price of its own."""

    queryset = Dataset.objects.none()
    permission_classes = [IsAuthenticated, HasScope]
    required_scopes = {"search": "mcp:query"}
    afresh_actions = ("search",)

    @extend_schema(operation_id="search_embeddings", request=EmbeddingSearchSerializer, responses=AnswerSerializer)
    @action(detail=False, methods=["post"], serializer_class=EmbeddingSearchSerializer)
    def search(self, request: Request) -> Response:
        """Find passages near a text in meaning."""
        dataset = dataset_of(request)
        body = EmbeddingSearchSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        fields = {**body.validated_data, "mode": VECTOR}
        return answer_query(request, dataset, fields, operation=EMBEDDING_SEARCH)


def dataset_of(request: Request) -> Dataset:
    """Return the dataset that a body names, if the caller may query it; looked up before the rest is checked."""
    reference = DatasetReferenceSerializer(data=request.data)
    reference.is_valid(raise_exception=True)
    dataset = find_dataset(reference.validated_data["dataset_id"])
    ensure_readable(dataset, anybody(request))
    return dataset


def answer_query(
    request: Request, dataset: Dataset, fields: dict[str, Any], *, operation: str | None = None
) -> Response:
    """Search, charge and answer."""
    query = as_query(fields)
    started = time.monotonic()
    answers = answer(
        operation_id=operation_id_of(request),
        dataset=dataset,
        payer=payer_of(caller_of(request)),
        queries=[query],
        operation=operation,
    )
    results = shape(answers.hits[0])
    body = {"results": results, "total": len(results), "query_time_ms": elapsed_ms(started), "mode": query.mode}
    return respond(body, answers.payment)


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
