"""Reads of datasets, documents and jobs, always within what the caller may see."""

import re
import uuid
from collections.abc import Iterable

from django.db.models import Q, QuerySet
from django.utils import timezone

from authbridge.selectors import find_users
from authbridge.shared.callers import Caller
from authbridge.shared.errors import Conflict
from datasets import storage
from datasets.errors import DatasetNotFound, DocumentNotFound, JobNotFound, ServiceUnavailable, VectorStoreError
from datasets.indexing.vector_store import get_vector_store
from datasets.indexing.vector_store.base import StoredChunk
from datasets.indexing.wholeness.memo import doubt
from datasets.models import Dataset, Document, Lifecycle, ProcessingJob
from datasets.models.dataset import Visibility
from datasets.models.processing_job import JobKind, JobStatus

ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE | re.ASCII)


def parse_id(text: str) -> uuid.UUID | None:
    """Read an id from a path, or None when it cannot be one. Other spellings that Python knows may be slugs."""
    return uuid.UUID(text) if ID.fullmatch(text) else None


def find_dataset(id_or_slug: str) -> Dataset:
    """Return a dataset by id or slug, whoever asks; permissions.py decides who may go on."""
    id = parse_id(id_or_slug)
    wanted = Q(id=id) if id else Q(slug=id_or_slug)
    dataset = Dataset.objects.active().filter(wanted).first() if "\0" not in id_or_slug else None
    if dataset is None:
        raise DatasetNotFound
    return dataset


def with_owners(datasets: Iterable[Dataset]) -> list[Dataset]:
    """Return these datasets knowing their `owner` already: one query for all owners, not one for each dataset."""
    wanted = list(datasets)
    people = find_users(dataset.owner_id for dataset in wanted)
    for dataset in wanted:
        dataset.owner = people.get(dataset.owner_id)
    return wanted


def visible_datasets(caller: Caller | None) -> QuerySet[Dataset]:
    """Return one's own datasets and those listed for all."""
    return Dataset.objects.active().listed_for(caller.user_id if caller else None)


def queryable_datasets(caller: Caller) -> QuerySet[Dataset]:
    """Return the datasets that the caller may ask questions, newest first."""
    readable = Q(owner_id=caller.user_id) | Q(visibility=Visibility.PUBLIC)
    return Dataset.objects.active().filter(readable).order_by("-created_at", "id")


def find_document(dataset: Dataset, document_id: str) -> Document:
    """Return a document of a dataset."""
    id = parse_id(document_id)
    document = Document.objects.active().filter(dataset=dataset, id=id).first() if id else None
    if document is None:
        raise DocumentNotFound
    return document


def documents_of(dataset: Dataset, *, status: str | None = None, q: str | None = None) -> QuerySet[Document]:
    """Return a dataset's documents, newest first."""
    documents = Document.objects.active().filter(dataset=dataset)
    if status:
        documents = documents.filter(status=status)
    if q:
        documents = documents.filter(filename__icontains=q)
    return documents.order_by("-created_at", "id")


class ChunkRows:
    """A document's passages as something to page through: counted in SQL, read from the vector store."""

    def __init__(self, document: Document) -> None:
        self.document = document

    def __len__(self) -> int:
        return self.document.chunk_count if self.document.version else 0

    def __getitem__(self, window: slice) -> list[StoredChunk]:
        try:
            chunks = self.read(window)
            if len(chunks) < self.length_of(window):
                doubt(self.document.dataset)
                # All is there, so the document has gone or changed since it was looked up.
                self.document = find_document(self.document.dataset, str(self.document.id))
                chunks = self.read(window)
        except VectorStoreError as error:
            raise ServiceUnavailable from error
        return chunks

    def length_of(self, window: slice) -> int:
        """Return how many passages a window has."""
        return len(range(len(self))[window])

    def read(self, window: slice) -> list[StoredChunk]:
        """Return those of them that the vector store has."""
        document = self.document
        return get_vector_store().document_chunks(
            document.dataset.collection_name,
            document_id=str(document.id),
            version=document.version,
            start=window.start,
            stop=window.stop,
        )


def text_of(document: Document) -> str:
    """Return a document's extracted text."""
    if not document.version:
        raise Conflict("This document has no text yet. Wait until it is ready.")
    try:
        return storage.read_text(document.object_key)
    except FileNotFoundError as error:
        # It was deleted, and purged, since we looked.
        raise DocumentNotFound from error


def jobs_of(dataset: Dataset) -> QuerySet[ProcessingJob]:
    """Return a dataset's processing jobs, newest first."""
    jobs = ProcessingJob.objects.filter(dataset=dataset, kind=JobKind.PROCESS, document__lifecycle=Lifecycle.ACTIVE)
    return jobs.order_by("-created_at", "id")


def waiting_jobs() -> QuerySet[ProcessingJob]:
    """Return everybody's jobs that a worker may take now, purges too, but for those behind which nobody waits."""
    return ProcessingJob.objects.claimable(timezone.now()).exclude(kind=JobKind.REBUILD)


def unfinished_jobs() -> QuerySet[ProcessingJob]:
    """Return everybody's jobs that are queued or in hand."""
    return ProcessingJob.objects.filter(status__in=[JobStatus.QUEUED, JobStatus.RUNNING])


def find_job(caller: Caller, job_id: str) -> ProcessingJob:
    """Return a job of one of the caller's own datasets."""
    id = parse_id(job_id)
    own = ProcessingJob.objects.filter(
        dataset__owner_id=caller.user_id, dataset__lifecycle=Lifecycle.ACTIVE, document__lifecycle=Lifecycle.ACTIVE
    )
    job = own.filter(id=id, kind=JobKind.PROCESS).select_related("document").first() if id else None
    if job is None:
        raise JobNotFound
    return job


def filter_datasets(
    rows: QuerySet[Dataset],
    *,
    caller: Caller | None,
    ordering: str,
    owner: str | None = None,
    q: str | None = None,
    **exact: str,
) -> QuerySet[Dataset]:
    """Narrow and order datasets; ties go by id, so that pages never overlap."""
    if owner == "me" and caller:
        rows = rows.owned_by(caller.user_id)  # type: ignore[attr-defined]
    if q:
        rows = rows.filter(Q(name__icontains=q) | Q(description__icontains=q))
    return rows.filter(**exact).order_by(ordering, "id")
