"""SQL and the vector store compared both ways, document by document, beside traffic."""

import uuid
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.utils import timezone

from authbridge.shared.ids import parse_uuid
from datasets.indexing.vector_store import get_vector_store
from datasets.indexing.vector_store.base import parse_chunk_id
from datasets.indexing.wholeness.looking import Lack, find_lacks
from datasets.models import Dataset, Document, Lifecycle, ProcessingJob
from datasets.models.processing_job import UNFINISHED, JobKind
from datasets.services.holdings import our_collections
from datasets.services.rebuilding import enqueue_rebuilds, one_by_one

ASKED_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class Stored:
    """A version of a document as the vector store names it, in a collection."""

    collection: str
    dataset_id: str
    document_id: str
    version: int


@dataclass(frozen=True, slots=True)
class Orphan:
    """Chunks of something that neither answers, nor is being written, nor is on its way out."""

    of: Stored
    chunks: int


def find_missing(datasets: QuerySet[Dataset]) -> Iterator[tuple[Dataset, list[Lack]]]:
    """Yield the datasets of which chunks are missing, and of which documents."""
    for dataset in one_by_one(datasets):
        if lacks := find_lacks(dataset):
            yield dataset, lacks


def find_orphans(dataset_id: uuid.UUID | None = None) -> list[Orphan]:
    """Return what the vector store holds that SQL does not know of, in all of our collections.

    First the store is looked at and then SQL: what is written meanwhile has its job there already.
    """
    held = hold_of(dataset_id)
    ids = sorted({stored.document_id for stored in held})
    known: set[tuple[str, str, int]] = set()
    spoken_for: set[tuple[str, int | None]] = set()
    for start in range(0, len(ids), ASKED_AT_ONCE):
        some = [id for id in ids[start : start + ASKED_AT_ONCE] if parse_uuid(id)]
        known |= answering(some)
        spoken_for |= being_worked_on(some)
    going = datasets_going()
    return [
        Orphan(stored, chunks)
        for stored, chunks in held.items()
        if (stored.dataset_id, stored.document_id, stored.version) not in known
        and not {(stored.document_id, stored.version), (stored.document_id, None)} & spoken_for
        and stored.dataset_id not in going
    ]


def hold_of(dataset_id: uuid.UUID | None) -> Mapping[Stored, int]:
    """Return how many chunks there are of each version of each document."""
    store, held = get_vector_store(), Counter[Stored]()
    for collection in our_collections():
        for of_dataset, chunk_id in store.walk(collection, dataset_id=str(dataset_id) if dataset_id else None):
            document_id, version, _ = parse_chunk_id(chunk_id)
            held[Stored(collection, of_dataset, document_id, version)] += 1
    return held


def answering(document_ids: Sequence[str]) -> set[tuple[str, str, int]]:
    """Return which versions of these documents answer, each with its dataset."""
    rows = Document.objects.searchable().filter(id__in=document_ids, dataset__lifecycle=Lifecycle.ACTIVE)
    found = rows.values_list("dataset_id", "id", "version")
    return {(str(dataset_id), str(id), version) for dataset_id, id, version in found}


def being_worked_on(document_ids: Sequence[str]) -> set[tuple[str, int | None]]:
    """Return which versions of these documents are written now, or all (None) of one that is purged.

    A job that was cancelled or failed is still at it until its lease ends.
    """
    at_it = Q(status__in=UNFINISHED) | Q(lease_until__gt=timezone.now())
    rows = ProcessingJob.objects.filter(at_it, document_id__in=document_ids)
    found = rows.values_list("document_id", "version", "kind")
    return {(str(id), None if kind == JobKind.PURGE else version) for id, version, kind in found}


def datasets_going() -> set[str]:
    """Return the datasets of which a purge will remove everything."""
    purges = ProcessingJob.objects.filter(kind=JobKind.PURGE, document=None, status__in=UNFINISHED)
    return {str(id) for id in purges.values_list("dataset_id", flat=True)}


def repair_missing(dataset: Dataset, lacks: Sequence[Lack]) -> int:
    """Queue what brings these chunks back; return how many jobs that made."""
    return enqueue_rebuilds(dataset, [lack.document for lack in lacks])


def remove_orphans(orphans: Sequence[Orphan]) -> int:
    """Remove these; return how many chunks that were. No version that is none now can ever come to answer."""
    store, removed = get_vector_store(), 0
    for orphan in orphans:
        if (orphan.of.document_id, orphan.of.version) not in {
            (id, version) for _, id, version in answering([orphan.of.document_id])
        }:
            store.delete_document(orphan.of.collection, document_id=orphan.of.document_id, version=orphan.of.version)
            removed += orphan.chunks
    return removed
