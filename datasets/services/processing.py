"""The work of a job: a file becomes text, chunks, vectors, and a version that answers; or everything of it goes."""

import logging
import time
from collections.abc import Iterator, Sequence

from datasets import storage
from datasets.errors import VectorStoreUnavailable
from datasets.extraction.base import Extraction, ExtractionError
from datasets.extraction.sandbox import extract_safely
from datasets.indexing.chunking import Chunk, split_text
from datasets.indexing.embeddings import get_embedder
from datasets.indexing.vector_store import get_vector_store
from datasets.indexing.vector_store.base import ChunkRow
from datasets.models import Document, ProcessingJob
from datasets.models.processing_job import JobKind, JobStatus
from datasets.services import jobs

logger = logging.getLogger(__name__)

BATCH = 256


class LeaseLost(Exception):
    """The job was cancelled, or taken over by another worker."""


def run(job: ProcessingJob) -> None:
    """Do a claimed job; whatever happens, it ends in a state from which somebody goes on."""
    try:
        if job.kind == JobKind.PURGE:
            purge(job)
        elif job.retries > jobs.MAX_RETRIES:
            jobs.fail(job, jobs.GAVE_UP)
        else:
            process(job)
    except LeaseLost:
        logger.info("Job %s was cancelled or taken over.", job.id)
        remove_vectors(job)
    except ExtractionError as error:
        logger.info("Job %s: %s", job.id, error.message)
        jobs.fail(job, {"code": error.code, "message": error.message})
    except VectorStoreUnavailable:
        logger.warning("Job %s waits: the vector store does not answer.", job.id)
        if not jobs.wait_for_services(job):
            jobs.fail(job, jobs.GAVE_UP)
    except Exception:
        logger.exception("Job %s failed and will be tried again.", job.id)
        if not jobs.retry_later(job):
            jobs.fail(job, jobs.GAVE_UP)


def process(job: ProcessingJob) -> None:
    """Extract, chunk, embed and store a document, then switch to what was written."""
    started = time.monotonic()
    document = jobs.document_of(job).get()
    report(job, "extracting", 0.05)
    extraction = extract_safely(storage.path_of(document.object_key), document.filename)
    storage.write_text(document.object_key, extraction.text)
    report(job, "chunking", 0.2)
    chunks = split(extraction)
    index(job, document, chunks)
    elapsed_ms = int((time.monotonic() - started) * 1000)
    if not jobs.finish(job, chunk_count=len(chunks), processing_time_ms=elapsed_ms):
        raise LeaseLost
    logger.info("Document %s is ready: %d chunks in %d ms.", document.id, len(chunks), elapsed_ms)


def split(extraction: Extraction) -> list[Chunk]:
    """Cut a text into chunks; a text without any is empty."""
    chunks = split_text(extraction.text, pages=extraction.pages, is_markdown=extraction.is_markdown)
    if not chunks:
        raise ExtractionError("empty_document", "The document holds no text.")
    return chunks


def index(job: ProcessingJob, document: Document, chunks: Sequence[Chunk]) -> None:
    """Embed and store chunks batch by batch, each only while the lease holds."""
    store, dataset = get_vector_store(), job.dataset
    store.ensure_collection(dataset.collection_name, dataset.embedding_dimension)
    for start in range(0, len(chunks), BATCH):
        report(job, "embedding", 0.25 + 0.7 * start / len(chunks))
        store.upsert(dataset.collection_name, list(rows_of(job, chunks[start : start + BATCH])))


def rows_of(job: ProcessingJob, chunks: Sequence[Chunk]) -> Iterator[ChunkRow]:
    """Yield chunks as the vector store takes them."""
    vectors = get_embedder().embed_documents([chunk.text for chunk in chunks])
    for chunk, vector in zip(chunks, vectors, strict=True):
        yield ChunkRow(
            dataset_id=str(job.dataset_id),
            document_id=str(job.document_id),
            version=job.version,
            chunk_index=chunk.index,
            content=chunk.text,
            start_char=chunk.start_char,
            end_char=chunk.end_char,
            page=chunk.page,
            vector=vector,
        )


def report(job: ProcessingJob, stage: str, progress: float) -> None:
    """Tell how far the work is; stop it when it is nobody's wish any more."""
    if not jobs.report_progress(job, stage, progress):
        raise LeaseLost


def remove_vectors(job: ProcessingJob) -> None:
    """Remove what a lost job wrote, unless another worker is writing the same rows now."""
    current = ProcessingJob.objects.filter(id=job.id).exclude(status=JobStatus.CANCELLED)
    if not current.exists():
        get_vector_store().delete_document(
            job.dataset.collection_name, document_id=str(job.document_id), version=job.version
        )


def purge(job: ProcessingJob) -> None:
    """Remove vectors and files of something deleted; its row goes last, once the store holds nothing of it.

    A refund that is still owed keeps the row, and so the purge, alive.
    """
    store, dataset = get_vector_store(), job.dataset
    if job.document_id:
        document_id = str(job.document_id)
        store.delete_document(dataset.collection_name, document_id=document_id)
        storage.delete_document(dataset.id, document_id)
        left = store.count(dataset.collection_name, document_id=document_id)
    else:
        store.delete_dataset(dataset.collection_name, dataset_id=str(dataset.id))
        storage.delete_dataset(dataset.id)
        left = store.count(dataset.collection_name, dataset_id=str(dataset.id))
    owed = ProcessingJob.objects.filter(refund_due=True, dataset=dataset)
    if left or (owed.filter(document=job.document) if job.document_id else owed).exists():
        jobs.retry_later(job)
        return
    # Named first: what is deleted has no id any more.
    what = f"document {job.document_id}" if job.document_id else f"dataset {dataset.id}"
    (job.document or dataset).delete()
    logger.info("Nothing is left of %s.", what)
