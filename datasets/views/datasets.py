"""Datasets over HTTP."""

from collections.abc import Sequence
from typing import Any

from rest_framework import status
from rest_framework.exceptions import NotAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from authbridge.selectors import user_names
from authbridge.shared.callers import anybody
from authbridge.shared.operations import operation_id_of
from authbridge.shared.views import action, public_action
from datasets.models import Dataset
from datasets.selectors import filter_datasets, jobs_of, visible_datasets
from datasets.serializers import (
    AnswerSerializer,
    DatasetFilterSerializer,
    DatasetSerializer,
    JobSerializer,
    QuerySerializer,
    WriteDatasetSerializer,
)
from datasets.services import datasets
from datasets.views.search import QueryViewSet, query_action


class DatasetViewSet(QueryViewSet):
    """One's own datasets, and the public ones to read."""

    model = Dataset
    dataset_in_path = "pk"
    plural = "datasets"

    def look_up(self) -> Dataset:
        """Return the dataset in the path, if the caller may read it."""
        return self.readable()

    @public_action(scope="datasets:read", query=DatasetFilterSerializer, answer=DatasetSerializer(many=True))
    def list(self, request: Request) -> Response:
        """One's own datasets and those listed for all."""
        if request.query_params.get("owner") and request.user is None:
            raise NotAuthenticated
        filters = self.read_query(DatasetFilterSerializer)
        rows = filter_datasets(visible_datasets(anybody(request)), caller=anybody(request), **filters)
        return self.get_paginated_response(shape(self.paginate_queryset(rows) or []))

    @action(
        scope="datasets:write",
        charges=[datasets.OPERATION],
        replayed=True,
        body=WriteDatasetSerializer,
        answer=DatasetSerializer,
        status=201,
        failures=[404, 409],
    )
    def create(self, request: Request) -> Response:
        """Make a dataset, which costs credits."""
        fields = self.read(WriteDatasetSerializer)
        payer = self.payer_for(datasets.OPERATION)
        dataset, receipt = datasets.create_dataset(
            operation_id=operation_id_of(request), owner_id=self.caller.user_id, payer=payer, **fields
        )
        return Response(shape([dataset])[0], status=status.HTTP_201_CREATED, headers=receipt.headers())

    @public_action(scope="datasets:read", answer=DatasetSerializer)
    def retrieve(self, request: Request, pk: str) -> Response:
        """One dataset, by id or slug."""
        return Response(shape([self.readable()])[0])

    @action(scope="datasets:write", body=WriteDatasetSerializer, answer=DatasetSerializer, failures=[409])
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change fields; the slug stays."""
        dataset = self.writable()
        changes = self.read(WriteDatasetSerializer, partial=True)
        return Response(shape([datasets.update_dataset(dataset, changes)])[0])

    @action(scope="datasets:delete", status=204)
    def destroy(self, request: Request, pk: str) -> Response:
        """Delete a dataset at once; vectors and files are purged in the background."""
        datasets.delete_dataset(self.writable())
        return Response(status=status.HTTP_204_NO_CONTENT)

    @action(detail=True, plural="jobs", scope="documents:read", answer=JobSerializer(many=True))
    def jobs(self, request: Request, pk: str) -> Response:
        """The dataset's jobs, newest first."""
        return self.page(jobs_of(self.writable()), JobSerializer)

    @query_action(detail=True, body=QuerySerializer, answer=AnswerSerializer)
    def query(self, request: Request, pk: str) -> Response:
        """Ask this dataset a question, which costs credits."""
        dataset = self.readable()
        return self.answer_query(dataset, self.read(QuerySerializer))


def shape(rows: Sequence[Dataset]) -> Any:
    """Shape datasets with their owners' names, looked up in the user database at once."""
    names = user_names(dataset.owner_id for dataset in rows)
    return DatasetSerializer(rows, many=True, context={"owner_names": names}).data
