"""Domain errors about datasets, documents and jobs."""

from authbridge.errors import DomainError


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


class Conflict(DomainError):
    """The state of things does not allow it."""

    code = "conflict"
    message = "The state of this resource does not allow this."


class NameTaken(Conflict):
    """The owner has a dataset of this name."""

    message = "You already have a dataset with this name. Choose another name."


class TryAgain(Conflict):
    """Nothing is wrong with the request, but it must be sent once more."""

    def __init__(self) -> None:
        super().__init__(retry_after=1)


class StillRunning(TryAgain):
    """An equal request is not finished yet."""

    message = "The same request is still running. Try again in a moment."


class OtherRequest(Conflict):
    """An Idempotency-Key came again with another request."""

    code = "idempotency_conflict"
    message = "This Idempotency-Key was used for another request. Use a new key for a new request."


class StaleOperation(TryAgain):
    """What an earlier attempt under the same Idempotency-Key began was undone meanwhile."""

    message = "An earlier attempt of this request broke off and was undone. Send it again."


class InvalidInput(DomainError):
    """A field is not what it should be; `details` names it."""

    code = "invalid_request"

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.details = {field: [message]}


class FileTooLarge(DomainError):
    """A file is over MAX_UPLOAD_MB."""

    code = "file_too_large"

    def __init__(self, limit_mb: int) -> None:
        super().__init__(f"A file may have at most {limit_mb} MB. Split it and upload the parts.", limit_mb=limit_mb)


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
