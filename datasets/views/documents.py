"""Documents over HTTP."""

from functools import partial
from typing import Any

from drf_spectacular.utils import PolymorphicProxySerializer
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from authbridge.shared.operations import operation_id_of
from authbridge.shared.views import action, public_action
from credits.services import combine
from datasets.models import Document
from datasets.selectors import ChunkRows, documents_of, find_document, text_of
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
from datasets.views.base import DatasetsViewSet
from datasets.views.uploads import read_uploads

# One file is answered by its bare document, several by a list.
UPLOAD_ANSWER = PolymorphicProxySerializer(
    component_name="Uploaded", serializers=[DocumentSerializer, DocumentListSerializer], resource_type_field_name=None
)
UPLOAD_BODIES: dict[str, Any] = {
    "multipart/form-data": FileUploadSerializer,
    "application/json": TextDocumentSerializer,
}
paid_action = partial(action, scope="documents:write", charges=[documents.OPERATION], replayed=True)


class DocumentViewSet(DatasetsViewSet):
    """Documents of a dataset."""

    model = Document
    plural = "documents"

    def look_up(self) -> Any:
        """Return the document in the path, or above it the dataset, if the caller may read it."""
        dataset = self.readable()
        return find_document(dataset, self.kwargs["pk"]) if "pk" in self.kwargs else dataset

    @public_action(scope="documents:read", query=DocumentFilterSerializer, answer=DocumentSerializer(many=True))
    def list(self, request: Request, dataset: str) -> Response:
        """The documents, newest first."""
        readable = self.readable()
        return self.page(documents_of(readable, **self.read_query(DocumentFilterSerializer)), DocumentSerializer)

    @paid_action(
        operation_id="upload_documents",
        query=UploadQuerySerializer,
        body=UPLOAD_BODIES,
        answer={200: UPLOAD_ANSWER, 201: UPLOAD_ANSWER},
        failures=[409, 413, 415, 422],
    )
    def create(self, request: Request, dataset: str) -> Response:
        """Upload files or a text, at the price of their sizes. The same bytes again are free and answer 200."""
        writable = self.writable()
        with read_uploads(request) as uploads:
            payer = self.payer_for(documents.OPERATION)
            results = documents.upload_documents(dataset=writable, payer=payer, uploads=uploads)
        created = any(receipt for _, receipt in results)
        shaped = DocumentSerializer([document for document, _ in results], many=True).data
        return Response(
            shaped[0] if len(shaped) == 1 else {"documents": shaped},
            status=status.HTTP_201_CREATED if created else status.HTTP_200_OK,
            headers=combine([receipt for _, receipt in results if receipt]).headers(),
        )

    @public_action(scope="documents:read", answer=DocumentSerializer)
    def retrieve(self, request: Request, dataset: str, pk: str) -> Response:
        """One document."""
        return Response(DocumentSerializer(self.look_up()).data)

    @action(scope="documents:write", body=ChangeDocumentSerializer, answer=DocumentSerializer)
    def partial_update(self, request: Request, dataset: str, pk: str) -> Response:
        """Change a document's name or metadata."""
        document = find_document(self.writable(), pk)
        changed = documents.update_document(document, self.read(ChangeDocumentSerializer))
        return Response(DocumentSerializer(changed).data)

    @action(scope="documents:delete", status=204)
    def destroy(self, request: Request, dataset: str, pk: str) -> Response:
        """Delete a document at once, for queries too."""
        documents.delete_document(find_document(self.writable(), pk))
        return Response(status=status.HTTP_204_NO_CONTENT)

    @public_action(
        detail=True, plural="chunks", scope="documents:read", answer=ChunkSerializer(many=True), failures=[503]
    )
    def chunks(self, request: Request, dataset: str, pk: str) -> Response:
        """The document's passages, in order."""
        return self.page(ChunkRows(self.look_up()), ChunkSerializer)

    @action(detail=True, scope="documents:read", answer=ContentSerializer, failures=[409])
    def content(self, request: Request, dataset: str, pk: str) -> Response:
        """The document's whole extracted text."""
        document = self.look_up()
        body = {"document_id": document.id, "filename": document.filename, "content": text_of(document)}
        return Response(ContentSerializer(body).data)

    @paid_action(detail=True, methods=["post"], answer=DocumentSerializer, failures=[409])
    def retry(self, request: Request, dataset: str, pk: str) -> Response:
        """Process a failed document once more, which is charged again."""
        document, payer = find_document(self.writable(), pk), self.payer_for(documents.OPERATION)
        document, receipt = documents.retry_document(
            operation_id=operation_id_of(request), document=document, payer=payer
        )
        return Response(DocumentSerializer(document).data, headers=receipt.headers())
