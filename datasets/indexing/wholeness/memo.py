"""What this process knows of datasets' indexes, so that a query is asked about nothing that was seen before."""

import threading
import time
import uuid
from dataclasses import dataclass

from datasets.errors import IndexIncomplete
from datasets.indexing.vector_store import get_vector_store
from datasets.indexing.vector_store.incarnation import Incarnation
from datasets.indexing.wholeness.forecast import seconds_left
from datasets.indexing.wholeness.looking import find_lacks
from datasets.indexing.wholeness.remembering import remember, was_found_whole
from datasets.models import Dataset

# A whole index stays known for this long, and longer where looking takes long: a thousandth of the time at most.
KNOWN_FOR_S, PART_OF_TIME = 300.0, 1_000
# One that lacks something is looked at again after this, and later where looking takes long.
LOOK_AGAIN_S, PART_WHILE_INCOMPLETE = 1.0, 5
MOST_KNOWN = 10_000
# Of threads that want to know the same one looks, and the others wait for it.
STRIPES = 16


@dataclass(frozen=True, slots=True)
class Known:
    """What was seen of a dataset's index, of which engine, and until when that counts."""

    incarnation: Incarnation
    until: float
    missing: int = 0
    seconds_left: int | None = None

    def tell(self) -> None:
        """Raise IndexIncomplete if chunks are missing."""
        if self.missing:
            raise IndexIncomplete(missing_chunks=self.missing, seconds_left=self.seconds_left)


_known: dict[uuid.UUID, Known] = {}
_looking = [threading.Lock() for _ in range(STRIPES)]


def ensure_whole(dataset: Dataset) -> None:
    """Return if no chunk of a dataset is missing, else raise IndexIncomplete, or VectorStoreError if none can tell.

    Called after a search it vouches for what was found: the engine that is asked has the vectors then.
    """
    known = recall(dataset.id)
    if known is None:
        with _looking[hash(dataset.id) % STRIPES]:
            known = recall(dataset.id) or look(dataset)
    known.tell()


def doubt(dataset: Dataset) -> None:
    """Do the same for whoever has just missed a chunk, and so does not believe that all is there."""
    known = recall(dataset.id)
    (known if known and known.missing else look(dataset, trusting=False)).tell()


def recall(dataset_id: uuid.UUID) -> Known | None:
    """Return what is known of a dataset, if that still counts."""
    known = _known.get(dataset_id)
    if known and time.monotonic() < known.until and known.incarnation == get_vector_store().incarnation():
        return known
    return None


def look(dataset: Dataset, *, trusting: bool = True) -> Known:
    """Look at a dataset's index and keep in mind what was seen. What a worker saw counts once for each engine."""
    began, incarnation = time.monotonic(), get_vector_store().incarnation()
    before = _known.get(dataset.id)
    is_first = before is None or before.incarnation != incarnation
    if trusting and is_first and was_found_whole(dataset, incarnation):
        return keep(dataset.id, Known(incarnation, began + KNOWN_FOR_S))
    missing = sum(lack.missing for lack in find_lacks(dataset))
    remember(dataset, missing, only_changes=True)
    now = time.monotonic()
    least, part = (LOOK_AGAIN_S, PART_WHILE_INCOMPLETE) if missing else (KNOWN_FOR_S, PART_OF_TIME)
    until = now + max(least, part * (now - began))
    return keep(dataset.id, Known(incarnation, until, missing, seconds_left(dataset.id) if missing else None))


def keep(dataset_id: uuid.UUID, known: Known) -> Known:
    """Keep in mind what was seen of a dataset."""
    if len(_known) >= MOST_KNOWN:
        _known.clear()
    _known[dataset_id] = known
    return known
