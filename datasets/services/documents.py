"""Upload, retry, change and delete documents."""

import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import IntegrityError
from django.db.models import F, Sum
from django.utils import timezone

from authbridge.shared.errors import Conflict, DomainError, StillRunning
from authbridge.shared.failpoints import reached
from authbridge.shared.operations import part_of
from credits.services import Payer, Receipt, ensure_affordable, price_of_document
from datasets import storage
from datasets.errors import DatasetNotFound, NoRoom, StaleOperation, StorageFull
from datasets.models import Dataset, Document, Lifecycle, ProcessingJob
from datasets.models.document import DocumentStatus
from datasets.models.payable import PRESENT
from datasets.models.processing_job import JobKind, JobStatus
from datasets.services import jobs
from datasets.services.dataset_status import changing, refresh_status
from datasets.services.intents import charge_intent, intent_of, try_to_settle
from datasets.storage.incoming import Incoming

OPERATION = "document_upload"
GIGABYTE = 1024**3
# A payment takes milliseconds; whoever needs longer than this has probably died, and `reconcile` comes to it.
TWIN_PATIENCE_S = 3.0
TWIN_LOOKED_FOR_EVERY_S = 0.05


@dataclass(frozen=True, slots=True)
class Upload:
    """A file on its way into a dataset; `id` will be its document's, the same when the request is repeated."""

    id: uuid.UUID
    incoming: Incoming
    metadata: dict[str, Any]
    allow_duplicate: bool = False

    def object_key(self, dataset: Dataset) -> str:
        """Where its file will lie."""
        return storage.object_key(dataset.id, self.id, 1)

    @property
    def price(self) -> int:
        """What it costs if it is new."""
        return price_of_document(self.incoming.size)


def upload_documents(
    *, dataset: Dataset, payer: Payer, uploads: Sequence[Upload]
) -> list[tuple[Document, Receipt | None]]:
    """Take files in, in order. All must be affordable before the first is stored; a twin has no receipt."""
    if not storage.has_room():
        raise NoRoom
    new = [upload for upload in uploads if not begun(upload.id) and not find_twin(dataset, upload)]
    ensure_room(dataset.owner_id, sum(upload.incoming.size for upload in without_repeats(new)))
    ensure_affordable(payer, sum(upload.price for upload in without_repeats(new)))
    return [upload_document(dataset=dataset, payer=payer, upload=upload) for upload in uploads]


def ensure_room(owner_id: uuid.UUID, size: int) -> None:
    """Refuse what would make all files of an account more than MAX_STORAGE_GB."""
    if not settings.MAX_STORAGE_GB or not size:
        return
    theirs = Document.objects.filter(dataset__owner_id=owner_id, lifecycle__in=PRESENT)
    used = theirs.aggregate(size=Sum("file_size"))["size"] or 0
    if used + size > settings.MAX_STORAGE_GB * GIGABYTE:
        raise StorageFull(limit_gb=settings.MAX_STORAGE_GB, used_bytes=used, wanted_bytes=size)


def without_repeats(uploads: Sequence[Upload]) -> list[Upload]:
    """Return those that will be charged: of the same bytes only the first, unless repeats are wanted."""
    return list(
        {upload.id if upload.allow_duplicate else upload.incoming.content_hash: upload for upload in uploads}.values()
    )


def upload_document(*, dataset: Dataset, payer: Payer, upload: Upload) -> tuple[Document, Receipt | None]:
    """Take one file in: intent and file, then money, then work. Without a receipt the same bytes were there already.

    A crash after the intent leaves a row that `reconcile` finishes or undoes; refused money removes it here.
    """
    job = begun(upload.id) or find_twin(dataset, upload) or intend(dataset, payer, upload)
    if isinstance(job, Document):
        bring_back_file(job, upload.incoming)
        return job, None
    reached("upload:intended")
    try:
        if job.status == JobStatus.AWAITING_PAYMENT:
            storage.keep(upload.incoming.path, upload.object_key(dataset))
        reached("upload:stored")
        receipt = charge_intent(
            job, payer=payer, operation=OPERATION, resource_id=str(job.document_id), dataset_id=dataset.id
        )
    except (DomainError, OSError):
        discard_intent(job)
        raise
    hand_over(job, receipt)
    return jobs.document_of(job).get(), receipt


def begun(document_id: uuid.UUID) -> ProcessingJob | None:
    """Return the first job of a document that an earlier attempt of this request made, if there was one."""
    jobs_of_it = ProcessingJob.objects.filter(document_id=document_id, version=1)
    job = jobs_of_it.filter(kind=JobKind.PROCESS).first()
    if job and jobs.document_of(job).exclude(lifecycle__in=PRESENT).exists():
        raise StaleOperation
    return job


def find_twin(dataset: Dataset, upload: Upload) -> Document | None:
    """Return the document of this dataset that holds the same bytes, if one may count; failed ones do not."""
    if upload.allow_duplicate:
        return None
    same = Document.objects.active().filter(dataset=dataset, content_hash=upload.incoming.content_hash)
    return same.exclude(status=DocumentStatus.FAILED).order_by("created_at", "id").first()


def bring_back_file(twin: Document, incoming: Incoming) -> None:
    """Put the same bytes where a document's file was lost, from which its vectors can then be made again."""
    if not storage.path_of(twin.object_key).exists() and twin.version:
        storage.keep(incoming.path, twin.object_key)
        jobs.hurry_rebuild(twin.id)


def intend(dataset: Dataset, payer: Payer, upload: Upload) -> ProcessingJob | Document:
    """Record the intent; or return the twin that got there first, having waited for its payment.

    A twin that is refused its money goes away, and then this one takes its place.
    """
    patience_ends_at = time.monotonic() + TWIN_PATIENCE_S
    while True:
        try:
            return record_intent(dataset, payer, upload)
        except IntegrityError as error:
            if twin := find_twin(dataset, upload):
                return twin
            if time.monotonic() > patience_ends_at:
                raise StillRunning from error
        time.sleep(TWIN_LOOKED_FOR_EVERY_S)


def record_intent(dataset: Dataset, payer: Payer, upload: Upload) -> ProcessingJob:
    """Insert document and job that await their payment; IntegrityError if the same bytes are on their way."""
    id, incoming = upload.id, upload.incoming
    with changing(dataset.id):
        # It cannot be deleted between this look and the insert.
        if not Dataset.objects.active().filter(id=dataset.id).exists():
            raise DatasetNotFound
        document = Document.objects.create(
            id=id,
            dataset=dataset,
            filename=incoming.filename,
            object_key=upload.object_key(dataset),
            file_size=incoming.size,
            mime_type=incoming.mime_type,
            content_hash=incoming.content_hash,
            dedupe_key=None if upload.allow_duplicate else incoming.content_hash,
            metadata=upload.metadata,
        )
        return create_job(part_of(id, "job"), document, payer)


def create_job(id: uuid.UUID, document: Document, payer: Payer) -> ProcessingJob:
    """Insert the job of a document's present attempt, awaiting its payment."""
    charge_key = f"{OPERATION}:{document.id}:{document.attempt}"
    intent = intent_of(payer, price=price_of_document(document.file_size), charge_key=charge_key)
    return ProcessingJob.objects.create(
        id=id,
        document=document,
        dataset_id=document.dataset_id,
        version=document.attempt,
        whose=str(document.dataset.owner_id),
        **intent,
    )


def hand_over(job: ProcessingJob, receipt: Receipt) -> None:
    """Queue a paid job, or give the money back if its intent was withdrawn meanwhile."""
    reached("upload:charged")
    if jobs.enqueue(job, next(iter(receipt.transaction_ids), None)):
        return
    now = ProcessingJob.objects.filter(id=job.id).first()
    if now is None or (now.status == JobStatus.CANCELLED and now.transaction_id is None):
        try_to_settle(job, reason="The document was withdrawn before its payment arrived.")
        raise StaleOperation


def discard_intent(job: ProcessingJob) -> None:
    """Remove an intent that was refused its money, with its file."""
    removed, _ = jobs.document_of(job).filter(lifecycle=Lifecycle.AWAITING_PAYMENT).delete()
    if removed:
        storage.delete_document(job.dataset_id, job.document_id)


def withdraw(job: ProcessingJob) -> bool:
    """Cancel an intent that never got its payment; a charge that still comes is to be given back.

    The first attempt takes its document with it; a later one leaves it failed, as it was.
    """
    with changing(job.dataset_id):
        waiting = ProcessingJob.objects.filter(id=job.id, status=JobStatus.AWAITING_PAYMENT)
        if not waiting.update(status=JobStatus.CANCELLED, refund_due=True, finished_at=timezone.now()):
            return False
        mine = jobs.document_of(job)
        mine.filter(lifecycle=Lifecycle.AWAITING_PAYMENT).update(lifecycle=Lifecycle.CANCELLED, dedupe_key=None)
        mine.filter(lifecycle=Lifecycle.ACTIVE).update(status=DocumentStatus.FAILED, dedupe_key=None)
        refresh_status(job.dataset_id)
    return True


def retry_document(*, operation_id: uuid.UUID, document: Document, payer: Payer) -> tuple[Document, Receipt]:
    """Process a failed document once more, which is charged again as a new attempt."""
    job = ProcessingJob.objects.filter(id=operation_id, document=document).first()
    if job is None:
        ensure_failed(document)
        ensure_affordable(payer, price_of_document(document.file_size))
        job = record_retry(operation_id, document, payer)
    try:
        receipt = charge_intent(
            job, payer=payer, operation=OPERATION, resource_id=str(document.id), dataset_id=job.dataset_id
        )
    except DomainError:
        withdraw(job)
        raise
    hand_over(job, receipt)
    return Document.objects.get(id=document.id), receipt


def ensure_failed(document: Document) -> None:
    """Refuse to retry what has not failed."""
    if document.status != DocumentStatus.FAILED:
        raise Conflict("Only a failed document can be retried.")


def record_retry(id: uuid.UUID, document: Document, payer: Payer) -> ProcessingJob:
    """Turn a failed document into one whose next attempt awaits its payment; only one of two callers can."""
    try:
        with changing(document.dataset_id):
            failed = Document.objects.active().filter(id=document.id, status=DocumentStatus.FAILED)
            again = {"status": DocumentStatus.PENDING, "attempt": F("attempt") + 1, "dedupe_key": F("content_hash")}
            if not failed.update(**again, updated_at=timezone.now()):
                raise Conflict("Only a failed document can be retried.")
            return create_job(id, Document.objects.get(id=document.id), payer)
    except IntegrityError as error:
        raise Conflict("The same bytes were uploaded to this dataset again meanwhile.") from error


def update_document(document: Document, changes: dict[str, Any]) -> Document:
    """Change a document's name or metadata."""
    Document.objects.filter(id=document.id).update(**changes, updated_at=timezone.now())
    document.refresh_from_db()
    return document


def delete_document(document: Document) -> None:
    """Take a document away at once, for queries too; vectors and files are purged in the background."""
    with changing(document.dataset_id):
        cancelled = jobs.cancel_all(document.jobs.all())
        active = Document.objects.active().filter(id=document.id)
        if not active.update(lifecycle=Lifecycle.DELETED, dedupe_key=None, updated_at=timezone.now()):
            return
        jobs.enqueue_purge(dataset_id=document.dataset_id, document_id=document.id)
        refresh_status(document.dataset_id)
    jobs.settle_refunds(cancelled, reason="The document was deleted before it was ready.")
