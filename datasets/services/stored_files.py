"""The files of documents, for whoever keeps a copy of all of them and puts it back.

A file never changes: a new one takes its place. So a copy may be a second link to the same file.
"""

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from datasets import storage
from datasets.counters import count_all_anew
from datasets.models import Document, Lifecycle
from datasets.models.payable import PRESENT
from datasets.services import jobs
from datasets.services.dataset_status import changing, refresh_status
from datasets.storage import sync  # noqa: F401  (handed on)

KNOWN = (
    "SELECT id, object_key, content_hash, lifecycle FROM documents"
    f" WHERE lifecycle IN ({', '.join(repr(lifecycle.value) for lifecycle in PRESENT)}) ORDER BY id"
)


@dataclass(frozen=True, slots=True)
class Stored:
    """A document's file, as the table of some moment knows it; one that is not paid for may not be stored yet."""

    document_id: uuid.UUID
    key: str
    sha256: str
    is_paid: bool

    def take(self, folder: Path) -> Iterator[tuple[str, Path]]:
        """Copy the file, and its text where there is one, into a folder; yield their names there and where they lie.

        Raises FileNotFoundError where the file is gone.
        """
        for name, source in (
            (self.key, storage.path_of(self.key)),
            (f"{self.key}.txt", storage.text_path_of(self.key)),
        ):
            if name == self.key or source.exists():
                storage.link_or_copy(source, folder / name)
                yield name, folder / name


def known_files(fetch: Callable[[str], list[tuple[Any, ...]]]) -> Iterator[Stored]:
    """Yield the files of documents that are there, in a database of which `fetch` runs a query."""
    for id, key, sha256, lifecycle in fetch(KNOWN):
        yield Stored(uuid.UUID(str(id)), key, sha256, lifecycle == Lifecycle.ACTIVE)


def is_wanted(document_id: uuid.UUID) -> bool:
    """Tell whether a document is there now, in a dataset that is."""
    return Document.objects.active().filter(id=document_id, dataset__lifecycle__in=PRESENT).exists()


def put_back(source: Path, name: str) -> None:
    """Have a copied file where it was; whoever reads the one that is there reads it to its end."""
    target = storage.root() / storage.checked_name(name)
    if not (target.exists() and target.samefile(source)):
        storage.replace_by(source, target)


def delete_unknown() -> int:
    """Remove the files that no document has; return how many. Nothing may serve meanwhile."""
    known = set(Document.objects.values_list("object_key", flat=True).iterator())
    unknown = [path for path in storage.kept_files() if storage.key_of(path) not in known]
    for path in unknown:
        path.unlink(missing_ok=True)
    return len(unknown)


def after_loading(deleted: list[str]) -> None:
    """Bring loaded tables in line: datasets count their documents, and those that were deleted meanwhile go again.

    In the caller's transaction; `reconcile` gives back what is owed for them.
    """
    count_all_anew()
    for document in Document.objects.active().filter(id__in=deleted):
        with changing(document.dataset_id):
            jobs.cancel_all(document.jobs.all())
            Document.objects.filter(id=document.id).update(lifecycle=Lifecycle.DELETED, dedupe_key=None)
            jobs.enqueue_purge(dataset_id=document.dataset_id, document_id=document.id)
            refresh_status(document.dataset_id)
