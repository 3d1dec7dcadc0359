"""Datasets over HTTP."""

from collections.abc import Sequence
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import status, viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import NotAuthenticated
from rest_framework.permissions import IsAuthenticated, IsAuthenticatedOrReadOnly
from rest_framework.request import Request
from rest_framework.response import Response

from authbridge.selectors import user_names
from authbridge.shared.callers import anybody, caller_of
from authbridge.shared.operations import operation_id_of
from credits.permissions import HasScope
from credits.services import payer_of
from datasets.models import Dataset
from datasets.permissions import ensure_readable, ensure_writable
from datasets.selectors import filter_datasets, find_dataset, jobs_of, visible_datasets
from datasets.serializers import (
    AnswerSerializer,
    DatasetFilterSerializer,
    DatasetSerializer,
    JobSerializer,
    QuerySerializer,
    WriteDatasetSerializer,
)
from datasets.services import datasets
from datasets.views.search import answer_query

IN_PATH = "[^/]+"


class DatasetViewSet(viewsets.GenericViewSet[Dataset]):
    """One's own datasets, and the public ones to read."""

    queryset = Dataset.objects.none()
    serializer_class = DatasetSerializer
    permission_classes = [IsAuthenticatedOrReadOnly, HasScope]
    required_scopes = {
        "list": "datasets:read",
        "create": "datasets:write",
        "retrieve": "datasets:read",
        "partial_update": "datasets:write",
        "destroy": "datasets:delete",
        "jobs": "documents:read",
        "query": "mcp:query",
    }
    lookup_value_regex = IN_PATH
    afresh_actions = ("query",)
    plural = "datasets"

    def look_up(self) -> None:
        """Raise what the path deserves if it names nothing that this caller may see."""
        self.readable()

    def readable(self) -> Dataset:
        """The dataset in the path, if the caller may read it."""
        dataset = find_dataset(self.kwargs["pk"])
        ensure_readable(dataset, anybody(self.request))
        return dataset

    def writable(self) -> Dataset:
        """The dataset in the path, if it is the caller's own."""
        dataset = find_dataset(self.kwargs["pk"])
        ensure_writable(dataset, anybody(self.request))
        return dataset

    @extend_schema(parameters=[DatasetFilterSerializer])
    def list(self, request: Request) -> Response:
        """One's own datasets and those listed for all."""
        if request.query_params.get("owner") and request.user is None:
            raise NotAuthenticated
        query = DatasetFilterSerializer(data=request.query_params)
        query.is_valid(raise_exception=True)
        rows = filter_datasets(visible_datasets(anybody(request)), caller=anybody(request), **query.validated_data)
        return self.get_paginated_response(shape(self.paginate_queryset(rows) or []))

    @extend_schema(request=WriteDatasetSerializer, responses={201: DatasetSerializer})
    def create(self, request: Request) -> Response:
        """Make a dataset, which costs credits."""
        body = WriteDatasetSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        dataset, receipt = datasets.create_dataset(
            operation_id=operation_id_of(request),
            owner_id=caller_of(request).user_id,
            payer=payer_of(caller_of(request)),
            **body.validated_data,
        )
        return Response(shape([dataset])[0], status=status.HTTP_201_CREATED, headers=receipt.headers())

    def retrieve(self, request: Request, pk: str) -> Response:
        """One dataset, by id or slug."""
        return Response(shape([self.readable()])[0])

    @extend_schema(request=WriteDatasetSerializer, responses=DatasetSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change fields; the slug stays."""
        dataset = self.writable()
        body = WriteDatasetSerializer(data=request.data, partial=True)
        body.is_valid(raise_exception=True)
        return Response(shape([datasets.update_dataset(dataset, body.validated_data)])[0])

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: str) -> Response:
        """Delete a dataset at once; vectors and files are purged in the background."""
        datasets.delete_dataset(self.writable())
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(responses=JobSerializer(many=True))
    @action(detail=True, plural="jobs", permission_classes=[IsAuthenticated, HasScope])
    def jobs(self, request: Request, pk: str) -> Response:
        """The dataset's jobs, newest first."""
        rows: Any = self.paginate_queryset(jobs_of(self.writable()))  # type: ignore[arg-type]
        return self.get_paginated_response(JobSerializer(rows, many=True).data)

    @extend_schema(request=QuerySerializer, responses=AnswerSerializer)
    @action(detail=True, methods=["post"], permission_classes=[IsAuthenticated, HasScope])
    def query(self, request: Request, pk: str) -> Response:
        """Ask this dataset a question, which costs credits."""
        dataset = self.readable()
        body = QuerySerializer(data=request.data)
        body.is_valid(raise_exception=True)
        return answer_query(request, dataset, body.validated_data)


def shape(rows: Sequence[Dataset]) -> Any:
    """Shape datasets with their owners' names, looked up in the user database at once."""
    names = user_names(str(dataset.owner_id) for dataset in rows)
    return DatasetSerializer(rows, many=True, context={"owner_names": names}).data
