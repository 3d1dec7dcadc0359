"""Compare what SQL says is alive with what the vector store holds, and tell only what is truly missing."""

import uuid
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from datasets.indexing.vector_store import get_vector_store
from datasets.indexing.vector_store.base import parse_chunk_id
from datasets.models import Dataset, Document, Lifecycle

# So many ids are put into one question, which takes the embedded engine a tenth of a second.
ASKED_AT_ONCE = 4_000


@dataclass(frozen=True, slots=True)
class Live:
    """A document that answers: in which version, and how many chunks that has."""

    id: str
    version: int
    chunks: int


@dataclass(frozen=True, slots=True)
class Lack:
    """A document of which chunks are missing."""

    document: Live
    missing: int


def find_lacks(dataset: Dataset) -> list[Lack]:
    """Return the documents of a dataset of which chunks are missing; none if its index is whole.

    Other rows are not looked at: what is left of deleted documents and failed attempts hides nothing. And what is told
    is true: a document that goes or changes its version meanwhile is left out, and rows are looked for twice, since
    the embedded engine replaces one by taking it out first. Raises VectorStoreError.
    """
    suspects = [lack.document for lack in compare(dataset, live_documents(dataset.id))]
    return compare(dataset, still_alive(dataset.id, suspects), then_alive=True)


def live_documents(dataset_id: uuid.UUID, ids: Sequence[str] | None = None) -> list[Live]:
    """Return the documents of which a query may find chunks, or those of them that are named, by version."""
    rows = Document.objects.searchable().filter(dataset_id=dataset_id, dataset__lifecycle=Lifecycle.ACTIVE)
    if ids is not None:
        rows = rows.filter(id__in=ids)
    found = rows.filter(chunk_count__gt=0).order_by("version", "id").values_list("id", "version", "chunk_count")
    return [Live(str(id), version, chunks) for id, version, chunks in found]


def still_alive(dataset_id: uuid.UUID, documents: Sequence[Live]) -> list[Live]:
    """Return those of these documents that are still what they were."""
    now: set[Live] = set()
    for some in batches(documents):
        now.update(live_documents(dataset_id, [document.id for document in some]))
    return [document for document in documents if document in now]


def compare(dataset: Dataset, documents: Iterable[Live], *, then_alive: bool = False) -> list[Lack]:
    """Return of which of these documents chunks are missing, if wanted only of those that are then alive as before."""
    found = []
    for version, of_version in groupby(documents, key=lambda document: document.version):
        for some in batches(list(of_version)):
            found += ask(dataset, version, some)
    if not then_alive:
        return found
    alive = set(still_alive(dataset.id, [lack.document for lack in found]))
    return [lack for lack in found if lack.document in alive]


def ask(dataset: Dataset, version: int, documents: Sequence[Live]) -> list[Lack]:
    """Count the chunks of documents in one version; where the sum is not right, look at each chunk's id."""
    store, collection, of = get_vector_store(), dataset.collection_name, str(dataset.id)
    ids = [document.id for document in documents]
    counted = store.count(collection, dataset_id=of, version=version, document_ids=ids)
    if counted == sum(document.chunks for document in documents):
        return []
    rows = store.walk(collection, dataset_id=of, document_ids=ids) if counted else ()
    there = Counter(parse_chunk_id(chunk_id)[:2] for _, chunk_id in rows)
    lacks = [Lack(document, document.chunks - there[document.id, version]) for document in documents]
    return [lack for lack in lacks if lack.missing > 0]


def batches(documents: Sequence[Live]) -> Iterator[Sequence[Live]]:
    """Yield as many documents as one question may name."""
    return (documents[start : start + ASKED_AT_ONCE] for start in range(0, len(documents), ASKED_AT_ONCE))
