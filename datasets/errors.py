"""Domain errors about datasets, documents and jobs, and what the vector store raises."""

from authbridge.shared.errors import Conflict, DomainError, TryAgain


class DatasetNotFound(DomainError):
    """No such dataset, or one that is nobody's business but its owner's."""

    code = "dataset_not_found"
    message = "There is no dataset with this id or slug."


class DocumentNotFound(DomainError):
    """No such document in this dataset."""

    code = "document_not_found"
    message = "There is no document with this id in this dataset."


class JobNotFound(DomainError):
    """No such job among the caller's datasets."""

    code = "job_not_found"
    message = "There is no job with this id."


class NotTheOwner(DomainError):
    """The dataset can be seen, but this needs its owner."""

    code = "permission_denied"
    message = "Only the owner of this dataset may do this."


class NameTaken(Conflict):
    """The owner has a dataset of this name."""

    message = "You already have a dataset with this name. Choose another name."


class StaleOperation(TryAgain):
    """What an earlier attempt under the same Idempotency-Key began was undone meanwhile."""

    message = "An earlier attempt of this request broke off and was undone. Send it again."


class FileTooLarge(DomainError):
    """A file is over MAX_UPLOAD_MB."""

    code = "file_too_large"

    def __init__(self, limit_mb: int) -> None:
        super().__init__(f"A file may have at most {limit_mb} MB. Split it and upload the parts.", limit_mb=limit_mb)


class StorageFull(FileTooLarge):
    """All files of an account would be more than MAX_STORAGE_GB."""

    def __init__(self, *, limit_gb: int, used_bytes: int, wanted_bytes: int) -> None:
        DomainError.__init__(
            self,
            f"Your files may be {limit_gb} GB together, and are {used_bytes:,} bytes already. Delete some first.",
            limit_gb=limit_gb,
            used_bytes=used_bytes,
            wanted_bytes=wanted_bytes,
        )


class UnsupportedMediaType(DomainError):
    """A file is of a kind nothing can be read from."""

    code = "unsupported_media_type"


class UnprocessableDocument(DomainError):
    """A file is empty, encrypted or damaged."""

    code = "unprocessable_document"


class ServiceUnavailable(DomainError):
    """A part that this call needs does not answer."""

    code = "service_unavailable"
    message = "The search service does not answer at the moment. Nothing was charged; try again shortly."


class NoRoom(ServiceUnavailable):
    """The disk of the uploads is full, or nearly so."""

    def __init__(self) -> None:
        super().__init__("There is no room left on the disk. Nothing was charged; try again later.", retry_after=30)


class IndexIncomplete(DomainError):
    """Chunks of a dataset are missing in the index; `seconds_left` is an estimate, None while there is none."""

    code = "index_incomplete"
    longest_pause_s = 60

    def __init__(self, *, missing_chunks: int, seconds_left: int | None) -> None:
        super().__init__(
            "Part of this dataset's index is missing and has to be made again. Nothing was charged; try again later.",
            missing_chunks=missing_chunks,
            seconds_left=seconds_left,
            retry_after=min(max(seconds_left or self.longest_pause_s, 1), self.longest_pause_s),
        )


class TooManyStreams(DomainError):
    """An account follows as many jobs at once as it may."""

    code = "rate_limit_exceeded"

    def __init__(self, most: int) -> None:
        message = f"You have {most} event streams open, and may have no more. Close one, or ask for the job itself."
        super().__init__(message, retry_after=1)


class VectorStoreError(Exception):
    """The vector store refused or failed what it was asked to do."""


class VectorStoreUnavailable(VectorStoreError):
    """The vector store cannot be reached, or did not answer in time; the same call may succeed later."""
