"""Making a backup: tables from the snapshots of one point, then the files that fltr's snapshot knows."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings
from django.db import connections

from authbridge.databases.naming import describe, explained
from authbridge.shared.failpoints import reached
from authbridge.shared.findings import some
from datasets.services import records, stored_files
from datasets.services.stored_files import Stored
from fltr_project.backup import folder as folders
from fltr_project.backup.errors import Refused
from fltr_project.backup.folder import UPLOADS, Manifest, TableFile
from fltr_project.backup.homes import (
    ALIASES,
    BALANCES,
    FLTR,
    FLTR_AUTH,
    JOURNAL,
    PEOPLE,
    migrations_of,
    tables_of,
    tables_of_the_site,
)
from fltr_project.backup.snapshots import Point, one_point
from fltr_project.backup.stores import Columns, Store
from fltr_project.reset.contents import is_absent, present_tables

RELEASE = str(settings.SPECTACULAR_SETTINGS["VERSION"])
SITES = "site"


@dataclass(slots=True)
class Backup:
    """A backup that was made, and for how long writers of the ledger waited for it."""

    folder: Path
    manifest: Manifest
    held_s: float


@dataclass(slots=True)
class Copied:
    """Files that were copied, their hashes by their names in the folder, and the documents of those that were not."""

    sums: dict[str, str] = field(default_factory=dict)
    bytes: int = 0
    deleted: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)


def make_backup(folder: Path, *, with_site: bool = False, without_lost_files: bool = False) -> Backup:
    """Write both databases and all files as of one moment into a new folder, while others go on.

    Raises Refused, DatabaseNotReady and OSError; what was written is then gone again.
    """
    refuse_what_is_not_whole()
    with folders.new_folder(folder) as partial:
        with one_point() as point:
            tables = list(unload(point, partial, with_site=with_site))
            reached("backup:tables")
            copied = copy_files(point.stores[ALIASES[FLTR]], partial)
            if copied.lost and not without_lost_files:
                raise Refused(lost_files(copied.lost))
            migrations = {home: migrations_of(home, point.stores[alias]) for home, alias in ALIASES.items()}
        reached("backup:files")
        manifest = Manifest(
            id=str(uuid.uuid4()),
            release=RELEASE,
            taken_at=point.taken_at.isoformat(),
            migrations=migrations,
            tables=tables,
            files=len(copied.sums),
            bytes=copied.bytes,
            deleted=copied.deleted,
            sums=folders.write_sums(partial, copied.sums),
            has_site=with_site,
        )
        folders.write_manifest(partial, manifest)
        reached("backup:written")
    records.note_backup(f"{manifest.rows} rows and {manifest.files} files in {folder.absolute()}.")
    return Backup(folder.absolute(), manifest, point.held_s)


def refuse_what_is_not_whole() -> None:
    """Raise Refused where tables are missing, or a restore has not ended."""
    for home, alias in ALIASES.items():
        with explained(alias):
            present = set[str]() if is_absent(connections[alias]) else present_tables(alias)
        if not {*tables_of(home), JOURNAL} <= present:
            raise Refused(f"{describe(alias)} has not all tables of {home}: `manage.py init_databases` makes them.")
    if unfinished := records.unfinished_restore():
        raise Refused(unfinished)


def unload(point: Point, partial: Path, *, with_site: bool) -> Iterator[TableFile]:
    """Write all tables, and yield what was written."""
    for home, alias in ALIASES.items():
        store = point.stores[alias]
        present = store.columns()
        yield from (write(home, table, store, partial, list(present[table])) for table in tables_of(home))
        if home == FLTR_AUTH:
            yield from unload_people(store, present, partial, with_site=with_site)


def unload_people(store: Store, present: Columns, partial: Path, *, with_site: bool) -> Iterator[TableFile]:
    """Write what is ours of the site's people, and all that is the site's if that is wanted."""
    if PEOPLE in present:
        yield write(FLTR_AUTH, PEOPLE, store, partial, list(BALANCES))
    if with_site:
        for table in tables_of_the_site(store, present):
            yield write(SITES, table, store, partial, list(present[table]))


def write(home: str, table: str, store: Store, partial: Path, columns: list[str]) -> TableFile:
    """Write one table."""
    path = folders.table_path(home, table)
    with folders.packed(partial / path) as file:
        rows = store.unload(table, columns, file)
    return TableFile(home, table, columns, rows, path)


def copy_files(fltr: Store, partial: Path) -> Copied:
    """Copy the files of all documents that the snapshot knows, or link them where that can be done: none ever changes.

    One that is gone by now is missed only if its document is not.
    """
    copied = Copied()
    for stored in stored_files.known_files(fltr.fetch):
        try:
            for name, path in stored.take(partial / UPLOADS):
                copied.sums[f"{UPLOADS}/{name}"] = folders.sha256_of(path)
                copied.bytes += path.stat().st_size
        except FileNotFoundError:
            note_missing(stored, copied)
            continue
        if copied.sums.get(f"{UPLOADS}/{stored.key}", stored.sha256) != stored.sha256:
            copied.lost.append(str(stored.document_id))
    return copied


def note_missing(stored: Stored, copied: Copied) -> None:
    """Find out why a file is not there."""
    if stored.is_paid and stored_files.is_wanted(stored.document_id):
        copied.lost.append(str(stored.document_id))
    elif stored.is_paid:
        copied.deleted.append(str(stored.document_id))


def lost_files(lost: list[str]) -> str:
    """Say whose files are not what was uploaded."""
    return (
        f"The files of {len(lost)} documents are not in the storage, or not as they were uploaded: {some(lost)}."
        " Put them back or delete these documents; --without-lost-files makes a backup without them."
    )
