"""Files on their way in: bounded while they arrive, hashed, named, and looked at before anything is paid."""

import hashlib
import os
import tempfile
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler

from authbridge.shared.errors import InvalidInput
from datasets import storage
from datasets.errors import FileTooLarge, UnprocessableDocument, UnsupportedMediaType
from datasets.extraction import detect_kind
from datasets.extraction.base import ExtractionError

LONGEST_FILENAME = 255
MEGABYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Incoming:
    """A file that may be stored: where it lies for now, and what it is."""

    path: Path
    filename: str
    size: int
    content_hash: str
    mime_type: str

    def discard(self) -> None:
        """Remove it; fine if it was kept elsewhere."""
        self.path.unlink(missing_ok=True)


class SizeLimitedUploadHandler(FileUploadHandler):
    """Writes uploads beside the storage and stops as soon as one grows over the limit."""

    def new_file(self, field_name: str, file_name: str, *args: Any, **kwargs: Any) -> None:
        """Start a file whose name is good: later it could not be told, since Django's file objects mend names."""
        check_filename(file_name, field=field_name)
        super().new_file(field_name, file_name, *args, **kwargs)
        # Django's own would end in what the client calls an extension, which may be longer than names can be.
        arriving = tempfile.NamedTemporaryFile(dir=storage.incoming_folder())  # noqa: SIM115  # Closed with the request.
        self.file = UploadedFile(arriving, file_name, self.content_type)
        self.received = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self.received += len(raw_data)
        with self.gone_on_failure():
            check_size(self.received)
            self.file.write(raw_data)

    def file_complete(self, file_size: int) -> UploadedFile:
        with self.gone_on_failure():
            self.file.seek(0)
        self.file.size = file_size
        return self.file

    @contextmanager
    def gone_on_failure(self) -> Iterator[None]:
        """Take the file away if it grows over the limit, or over what the disk has room for."""
        try:
            yield
        except (FileTooLarge, OSError):
            with suppress(OSError):  # What was not written yet finds no room either.
                self.file.close()
            raise

    def upload_interrupted(self) -> None:
        self.file.close()


def receive_file(file: UploadedFile) -> Incoming:
    """Take an uploaded file over from the request."""
    with storage.arriving() as target:
        for part in file.chunks(MEGABYTE):
            target.write(part)
    file.close()
    return look_at(Path(target.name), file.name or "")


def receive_text(content: str, filename: str) -> Incoming:
    """Take a text from a JSON body as a file."""
    data = content.encode()
    check_size(len(data))
    with storage.arriving() as target:
        target.write(data)
    return look_at(Path(target.name), filename)


def look_at(path: Path, filename: str) -> Incoming:
    """Hash a file and tell its kind; what can be refused at first sight is, and removed."""
    try:
        kind = detect_kind(path, filename)
        with open(path, "rb") as file:
            content_hash = hashlib.file_digest(file, "sha256").hexdigest()
    except ExtractionError as error:
        path.unlink(missing_ok=True)
        raise refusal(error) from error
    return Incoming(path, filename, os.path.getsize(path), content_hash, kind.mime_type)


def refusal(error: ExtractionError) -> Exception:
    """Turn what the look found into an answer: 415 for kinds we cannot read, 422 for the rest."""
    if error.code == "unsupported_media_type":
        return UnsupportedMediaType(error.message)
    return UnprocessableDocument(error.message, reason=error.code)


def check_size(size: int) -> None:
    """Refuse what is over the limit."""
    if size > settings.MAX_UPLOAD_MB * MEGABYTE:
        raise FileTooLarge(settings.MAX_UPLOAD_MB)


def check_filename(name: str, *, field: str) -> None:
    """Refuse names that could not be a file's."""
    if problem := filename_problem(name):
        raise InvalidInput(field, problem)


def filename_problem(name: str) -> str | None:
    """Say why a name could not be a file's: empty, too long, with slashes or control characters."""
    if not name.strip(" ."):
        return "The file name is empty."
    if len(name) > LONGEST_FILENAME:
        return f"The file name has more than {LONGEST_FILENAME} characters."
    if any(character in "/\\" or unicodedata.category(character) in ("Cc", "Cs") for character in name):
        return "The file name has a slash or a control character."
    return None
