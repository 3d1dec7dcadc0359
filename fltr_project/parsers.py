"""How bodies are read: strict JSON, and multipart whose file names are looked at and not silently mended."""

from collections.abc import Mapping
from typing import IO, Any

import orjson
from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http.multipartparser import MultiPartParser as DjangoMultiPartParser
from django.http.multipartparser import MultiPartParserError
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser, DataAndFiles

NOT_JSON = "The body is not valid JSON."


class OrjsonParser(BaseParser):
    """JSON in UTF-8; no NaN, no lone surrogates."""

    media_type = "application/json"

    def parse(self, stream: IO[bytes], media_type: str | None = None, parser_context: Any = None) -> Any:
        """Read a body of bounded size."""
        body = stream.read(settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
        if len(body) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            raise RequestDataTooBig
        try:
            return orjson.loads(body)
        except orjson.JSONDecodeError as error:
            raise ParseError(NOT_JSON) from error


class NameKeepingParser(DjangoMultiPartParser):
    """Keeps a file's name as it was sent, so that the upload can refuse a bad one; nothing uses it as a path."""

    def sanitize_file_name(self, file_name: str) -> str | None:
        """Return the name unchanged."""
        return file_name


class StrictMultiPartParser(BaseParser):
    """Files and fields."""

    media_type = "multipart/form-data"

    def parse(self, stream: IO[bytes], media_type: str | None = None, parser_context: Any = None) -> DataAndFiles:
        """Read fields and files through the upload handlers."""
        request = (parser_context or {})["request"]
        meta: Mapping[str, Any] = {**request.META, "CONTENT_TYPE": media_type}
        encoding = (parser_context or {}).get("encoding", settings.DEFAULT_CHARSET)
        try:
            data, files = NameKeepingParser(meta, stream, request.upload_handlers, encoding).parse()
        except MultiPartParserError as error:
            raise ParseError("The multipart body cannot be read.") from error
        return DataAndFiles(data, files)
