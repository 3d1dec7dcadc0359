"""How bodies are read: strict JSON, and multipart that is whole and not silently mended."""

from collections.abc import Mapping
from typing import IO, Any

import orjson
from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http.multipartparser import MultiPartParser as DjangoMultiPartParser
from django.http.multipartparser import MultiPartParserError
from django.utils.http import parse_header_parameters
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser, DataAndFiles

from authbridge.shared.serializer_fields import depth

NOT_JSON = "The body is not valid JSON."
UNREADABLE = "The multipart body cannot be read. It must name its boundary, and end with it."
# Far beyond any body of ours, and far below what breaks code that walks through JSON by recursion.
DEEPEST_JSON = 100


class OrjsonParser(BaseParser):
    """JSON in UTF-8; no NaN, no lone surrogates, no absurd depth."""

    media_type = "application/json"

    def parse(self, stream: IO[bytes], media_type: str | None = None, parser_context: Any = None) -> Any:
        """Read a body of bounded size."""
        body = read_bounded(stream, settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
        try:
            value = orjson.loads(body)
        except orjson.JSONDecodeError as error:
            raise ParseError(NOT_JSON) from error
        if body.count(b"[") + body.count(b"{") > DEEPEST_JSON and depth(value) > DEEPEST_JSON:
            raise ParseError(f"The body is nested more than {DEEPEST_JSON} levels deep.")
        return value


def read_bounded(stream: IO[bytes], limit: int) -> bytes:
    """Read to the end; a body that comes in chunks may give less at once than it was asked for."""
    body = bytearray()
    while part := stream.read(limit + 1 - len(body)):
        body += part
        if len(body) > limit:
            raise RequestDataTooBig
    return bytes(body)


class WatchedStream:
    """Passes a multipart body on, and notices whether its closing boundary came by."""

    def __init__(self, stream: IO[bytes], boundary: bytes) -> None:
        self.stream, self.mark = stream, b"--" + boundary + b"--"
        self.end = b""
        self.is_whole = False

    def read(self, size: int) -> bytes:
        """Read a part of the body."""
        part = self.stream.read(size)
        self.is_whole = self.is_whole or self.mark in self.end + part
        self.end = (self.end + part)[-len(self.mark) :]
        return part


class WholeBodyParser(DjangoMultiPartParser):
    """Refuses a body that was cut short, of which Django would take the files that came through.

    Keeps a file's name as it was sent, so that the upload can refuse a bad one; nothing uses it as a path.
    """

    def __init__(self, meta: Mapping[str, Any], stream: IO[bytes], *args: Any) -> None:
        _, options = parse_header_parameters(meta["CONTENT_TYPE"])
        self.watched = WatchedStream(stream, options.get("boundary", "").encode())
        super().__init__(meta, self.watched, *args)  # type: ignore[arg-type]

    def parse(self) -> tuple[Any, Any]:
        """Return fields and files."""
        fields, files = super().parse()
        if not self.watched.is_whole:
            for file in (file for _, several in files.lists() for file in several):
                file.close()
            raise MultiPartParserError("There is no closing boundary.")
        return fields, files

    def sanitize_file_name(self, file_name: str) -> str | None:
        """Return the name unchanged."""
        return file_name


class StrictMultiPartParser(BaseParser):
    """Files and fields in UTF-8, all of them or none."""

    media_type = "multipart/form-data"

    def parse(self, stream: IO[bytes], media_type: str | None = None, parser_context: Any = None) -> DataAndFiles:
        """Read fields and files through the upload handlers."""
        request = (parser_context or {})["request"]
        # Django insists on lower case where HTTP does not, and would decode by whatever codec a client names.
        content_type = f"{self.media_type};{(media_type or '').partition(';')[2]}"
        meta: Mapping[str, Any] = {**request.META, "CONTENT_TYPE": content_type}
        try:
            data, files = WholeBodyParser(meta, stream, request.upload_handlers, "utf-8").parse()
        except MultiPartParserError as error:
            raise ParseError(UNREADABLE) from error
        return DataAndFiles(data, files)
