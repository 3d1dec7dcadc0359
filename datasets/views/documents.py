"""Documents over HTTP."""

from typing import Any

from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema
from rest_framework import status, viewsets
from rest_framework.decorators import action
from rest_framework.permissions import IsAuthenticated, IsAuthenticatedOrReadOnly
from rest_framework.request import Request
from rest_framework.response import Response

from authbridge.shared.callers import anybody, caller_of
from authbridge.shared.operations import operation_id_of
from credits.permissions import HasScope
from credits.services import combine, payer_of
from datasets.models import Dataset, Document
from datasets.permissions import ensure_readable, ensure_writable
from datasets.selectors import ChunkRows, documents_of, find_dataset, find_document, text_of
from datasets.serializers import (
    ChangeDocumentSerializer,
    ChunkSerializer,
    ContentSerializer,
    DocumentFilterSerializer,
    DocumentListSerializer,
    DocumentSerializer,
    FileUploadSerializer,
    TextDocumentSerializer,
    UploadQuerySerializer,
)
from datasets.services import documents
from datasets.views.uploads import read_uploads

# One file is answered by its bare document, several by a list.
UPLOAD_ANSWER = PolymorphicProxySerializer(
    component_name="Uploaded", serializers=[DocumentSerializer, DocumentListSerializer], resource_type_field_name=None
)
UPLOAD_BODIES: dict[str, Any] = {
    "multipart/form-data": FileUploadSerializer,
    "application/json": TextDocumentSerializer,
}


class DocumentViewSet(viewsets.GenericViewSet[Document]):
    """Documents of a dataset."""

    queryset = Document.objects.none()
    serializer_class = DocumentSerializer
    permission_classes = [IsAuthenticatedOrReadOnly, HasScope]
    required_scopes = {
        "list": "documents:read",
        "create": "documents:write",
        "retrieve": "documents:read",
        "partial_update": "documents:write",
        "destroy": "documents:delete",
        "chunks": "documents:read",
        "content": "documents:read",
        "retry": "documents:write",
    }
    lookup_value_regex = "[^/]+"
    plural = "documents"

    def look_up(self) -> None:
        """Raise what the path deserves if it names nothing that this caller may see."""
        dataset = self.readable()
        if "pk" in self.kwargs:
            find_document(dataset, self.kwargs["pk"])

    def readable(self) -> Dataset:
        """The dataset in the path, if the caller may read it."""
        dataset = find_dataset(self.kwargs["dataset"])
        ensure_readable(dataset, anybody(self.request))
        return dataset

    def writable(self) -> Dataset:
        """The dataset in the path, if it is the caller's own."""
        dataset = find_dataset(self.kwargs["dataset"])
        ensure_writable(dataset, anybody(self.request))
        return dataset

    @extend_schema(parameters=[DocumentFilterSerializer])
    def list(self, request: Request, dataset: str) -> Response:
        """The documents, newest first."""
        readable = self.readable()
        query = DocumentFilterSerializer(data=request.query_params)
        query.is_valid(raise_exception=True)
        rows = self.paginate_queryset(documents_of(readable, **query.validated_data))
        return self.get_paginated_response(DocumentSerializer(rows, many=True).data)

    @extend_schema(
        parameters=[UploadQuerySerializer],
        request=UPLOAD_BODIES,
        responses={200: UPLOAD_ANSWER, 201: UPLOAD_ANSWER},
        operation_id="upload_documents",
    )
    def create(self, request: Request, dataset: str) -> Response:
        """Upload files or a text, at the price of their sizes. The same bytes again are free and answer 200."""
        writable = self.writable()
        with read_uploads(request) as uploads:
            results = documents.upload_documents(dataset=writable, payer=payer_of(caller_of(request)), uploads=uploads)
        created = any(receipt for _, receipt in results)
        shaped = DocumentSerializer([document for document, _ in results], many=True).data
        return Response(
            shaped[0] if len(shaped) == 1 else {"documents": shaped},
            status=status.HTTP_201_CREATED if created else status.HTTP_200_OK,
            headers=combine([receipt for _, receipt in results if receipt]).headers(),
        )

    def retrieve(self, request: Request, dataset: str, pk: str) -> Response:
        """One document."""
        return Response(DocumentSerializer(find_document(self.readable(), pk)).data)

    @extend_schema(request=ChangeDocumentSerializer, responses=DocumentSerializer)
    def partial_update(self, request: Request, dataset: str, pk: str) -> Response:
        """Change a document's name or metadata."""
        document = find_document(self.writable(), pk)
        body = ChangeDocumentSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        return Response(DocumentSerializer(documents.update_document(document, body.validated_data)).data)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, dataset: str, pk: str) -> Response:
        """Delete a document at once, for queries too."""
        documents.delete_document(find_document(self.writable(), pk))
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(responses=ChunkSerializer(many=True))
    @action(detail=True, plural="chunks")
    def chunks(self, request: Request, dataset: str, pk: str) -> Response:
        """The document's passages, in order."""
        chunks: Any = ChunkRows(find_document(self.readable(), pk))
        rows = self.paginate_queryset(chunks)
        return self.get_paginated_response(ChunkSerializer(rows, many=True).data)

    @extend_schema(responses=ContentSerializer)
    @action(detail=True, permission_classes=[IsAuthenticated, HasScope])
    def content(self, request: Request, dataset: str, pk: str) -> Response:
        """The document's whole extracted text."""
        document = find_document(self.readable(), pk)
        body = {"document_id": document.id, "filename": document.filename, "content": text_of(document)}
        return Response(ContentSerializer(body).data)

    @extend_schema(request=None, responses=DocumentSerializer)
    @action(detail=True, methods=["post"])
    def retry(self, request: Request, dataset: str, pk: str) -> Response:
        """Process a failed document once more, which is charged again."""
        document = find_document(self.writable(), pk)
        document, receipt = documents.retry_document(
            operation_id=operation_id_of(request), document=document, payer=payer_of(caller_of(request))
        )
        return Response(DocumentSerializer(document).data, headers=receipt.headers())
