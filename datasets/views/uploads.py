"""From a request's body to files that may be stored."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

import orjson
from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict
from rest_framework.request import Request

from authbridge.shared.errors import InvalidInput
from authbridge.shared.operations import operation_id_of, part_of
from authbridge.shared.views import validated
from datasets.serializers import DocumentMetadataSerializer, TextDocumentSerializer, UploadQuerySerializer
from datasets.services.documents import Upload
from datasets.storage.incoming import Incoming, receive_file, receive_text


@contextmanager
def read_uploads(request: Request) -> Iterator[list[Upload]]:
    """Yield what the body brings; whatever of it was not kept is removed at the end."""
    allow_duplicate = validated(UploadQuerySerializer, request.query_params).get("duplicates") == "allow"
    received: list[Incoming] = []
    try:
        metadata = receive_files(request, received) if is_multipart(request) else receive_body(request, received)
        operation_id = operation_id_of(request)
        yield [
            Upload(part_of(operation_id, index), incoming, metadata, allow_duplicate)
            for index, incoming in enumerate(received)
        ]
    finally:
        for incoming in received:
            incoming.discard()


def is_multipart(request: Request) -> bool:
    """Tell which of the two bodies came."""
    return (request.content_type or "").lower().startswith("multipart/")


def receive_files(request: Request, received: list[Incoming]) -> dict[str, object]:
    """Take the files of a multipart body over; return their metadata."""
    files = request.FILES.getlist("file")
    if not files:
        raise InvalidInput("file", "No file was sent. Send multipart/form-data with a field named file.")
    metadata = read_metadata(cast(QueryDict, request.data).get("metadata"))
    received.extend(receive_file(file) for file in files)
    return metadata


def receive_body(request: Request, received: list[Incoming]) -> dict[str, object]:
    """Take the text of a JSON body over; return its metadata."""
    body = validated(TextDocumentSerializer, request.data)
    received.append(receive_text(body["content"], body["filename"]))
    return body["metadata"]


def read_metadata(sent: str | UploadedFile | None) -> dict[str, object]:
    """Read the optional metadata field of a multipart body, which is JSON."""
    if isinstance(sent, UploadedFile):
        raise InvalidInput("metadata", "Must be sent as a field, not as a file.")
    if sent is None or not sent.strip():
        return {}
    try:
        metadata = orjson.loads(sent)
    except orjson.JSONDecodeError as error:
        raise InvalidInput("metadata", "Must be a JSON object.") from error
    return validated(DocumentMetadataSerializer, {"metadata": metadata})["metadata"]
