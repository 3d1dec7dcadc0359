"""Putting a backup back, while nothing serves.

All of it is read and compared before anything changes. Then a row says that a restore has begun, which nothing serves
beside; files are put in place; and both databases are filled in a transaction each. The user database's is committed
first, and with fltr's that row ends. So wherever a restore is killed, what is there is old, or new, or says that it is
neither, and another restore finishes it.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings
from django.db import connections, transaction

from authbridge.databases.naming import describe
from authbridge.databases.setup import Report, init_databases, one_at_a_time
from authbridge.shared.failpoints import reached
from authbridge.shared.findings import some
from credits.services import AuditAction, note_act
from credits.services import restoring as money
from credits.services.restoring import Replaced
from datasets.services import records, stored_files
from fltr_project.backup import folder as folders
from fltr_project.backup.errors import Refused
from fltr_project.backup.folder import UPLOADS, Manifest, TableFile
from fltr_project.backup.guards import refuse_company
from fltr_project.backup.homes import ALIASES, FLTR, FLTR_AUTH, PEOPLE, migrations_of, tables_of
from fltr_project.backup.making import SITES
from fltr_project.backup.stores import Store, store_of
from fltr_project.reset.doing import nothing_else_running
from fltr_project.reset.dropping import LOCK_TIMEOUT, explained

UNFINISHED = (
    "A restore from {folder}, begun {when} UTC, has not ended: nothing serves until `manage.py restore {folder}"
    " --noinput` has finished it."
)


@dataclass(frozen=True, slots=True)
class Restored:
    """What was put back."""

    manifest: Manifest
    money: Replaced
    unknown_files: int


@dataclass(slots=True)
class Progress:
    """Whether one database may hold the backup and the other not, so that only another restore helps."""

    is_halfway: bool


@dataclass(frozen=True, slots=True)
class Source:
    """A backup that was read, and whether all that is the site's is to be put back from it too."""

    folder: Path
    manifest: Manifest
    files: list[str]
    with_site: bool

    def tables(self, home: str) -> list[TableFile]:
        """Return the files of a home's tables."""
        return [table for table in self.manifest.tables if table.home == home]

    def load(self, table: TableFile, store: Store, into: str | None = None) -> None:
        """Add a table's rows to the table of its name, or to another."""
        with folders.unpacked(self.folder / table.file) as file:
            rows = store.load(into or table.name, table.columns, file)
        if rows != table.rows:
            raise Refused(f"{table.name} should have {table.rows} rows, and {rows} came: this backup is damaged.")


def look_at(folder: Path, *, with_site: bool) -> Source:
    """Read a backup to its end. Raises Refused where it is not what was written, or has not what is wanted."""
    manifest = folders.read_manifest(folder)
    if with_site and not manifest.has_site:
        raise Refused(f"{folder} was made without --with-site: what is the site's is not in it.")
    return Source(folder.absolute(), manifest, folders.check_sums(folder, manifest), with_site)


def restore(source: Source, report: Report) -> Restored:
    """Replace what is in both databases and in the storage by a backup.

    Raises Refused, CannotDrop and DatabaseNotReady. Until `Restoring` was reported nothing has been changed, but that
    databases and tables were made where there were none.
    """
    with nothing_else_running():
        refuse_company()
        init_databases(with_auth_tables=settings.WITH_AUTH_TABLES or source.with_site, report=report)
        site = tables_to_fill(source)
        with one_at_a_time(), marked(source) as progress:
            report("Restoring.")
            reached("restore:begun")
            for name in files_in(source):
                stored_files.put_back(source.folder / name, name.removeprefix(f"{UPLOADS}/"))
            reached("restore:files")
            replaced = replace_tables(source, site, progress)
        reached("restore:filled")
        return Restored(source.manifest, replaced, stored_files.delete_unknown())


def files_in(source: Source) -> Iterator[str]:
    """Yield the names of people's files."""
    return (name for name in source.files if name.startswith(f"{UPLOADS}/"))


def tables_to_fill(source: Source) -> list[TableFile]:
    """Return which tables of the site's are to be filled, once it is sure that all can be. Raises Refused."""
    for home, alias in ALIASES.items():
        with store_on(alias) as store:
            refuse_other_migrations(source.manifest, home, store)
            refuse_missing_columns(
                [*source.tables(home), *(source.tables(SITES) if is_site(source, home) else [])], store
            )
    with store_on(settings.AUTH_DB) as store:
        site = source.tables(SITES) if source.with_site else []
        filled = [table.name for table in site if store.fetch(f'SELECT 1 FROM "{table.name}" LIMIT 1')]
    if filled and not is_begun(source):
        raise Refused(
            f"{describe(settings.AUTH_DB)} has rows in {some(filled)}: what is the site's goes into an empty database"
            " only. Without --with-site, people stay as they are and get their balances back."
        )
    # Committed all together by the restore that was killed.
    return [] if filled else site


def is_site(source: Source, home: str) -> bool:
    """Tell whether the site's tables are to be filled in this home."""
    return source.with_site and home == FLTR_AUTH


def refuse_other_migrations(manifest: Manifest, home: str, store: Store) -> None:
    """Refuse a backup of tables that were shaped otherwise."""
    then, now = set(manifest.migrations[home]), set(migrations_of(home, store))
    if then != now:
        raise Refused(
            f"The tables of {home} have other migrations than when the backup was made: {some(sorted(then ^ now))}."
            f" Restore it with the release that made it ({manifest.release}), and upgrade then."
        )


def refuse_missing_columns(tables: list[TableFile], store: Store) -> None:
    """Refuse what has no place here."""
    present = store.columns()
    for table in tables:
        absent = [column for column in table.columns if column not in present.get(table.name, {})]
        if absent and table.name not in present:
            raise Refused(f"There is no table {table.name}: run the site's migrations first, or init_databases.")
        if absent:
            raise Refused(f"The table {table.name} has no {some(absent)}: run the site's migrations first.")


@contextmanager
def store_on(alias: str) -> Iterator[Store]:
    """Give a database in a transaction that does not wait long for others, nor keeps them waiting where it must."""
    with explained(alias, list_of(alias)), transaction.atomic(using=alias):
        if connections[alias].vendor == "postgresql":
            with connections[alias].cursor() as cursor:
                cursor.execute(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'")
        with connections[alias].wrap_database_errors:
            yield store_of(alias)


def list_of(alias: str) -> list[str]:
    """Return our tables in a database."""
    return [table for home, its in ALIASES.items() if its == alias for table in tables_of(home)]


@contextmanager
def marked(source: Source) -> Iterator[Progress]:
    """Have everything refuse to serve from here on, until all is done or, if this fails, all is as it was."""
    was_halfway = records.unfinished_restore() is not None
    when = f"{datetime.now(UTC):%Y-%m-%d %H:%M}"
    sentence = UNFINISHED.format(folder=source.folder, when=when)
    records.note_restore_begun(sentence, json.dumps({"backup": source.manifest.id, "with_site": source.with_site}))
    progress = Progress(was_halfway)
    try:
        yield progress
    except BaseException:
        if not progress.is_halfway:
            records.forget_restore()
        raise


def is_begun(source: Source) -> bool:
    """Tell whether a restore of the same has begun and was killed."""
    return records.begun_restore() == json.dumps({"backup": source.manifest.id, "with_site": True})


def replace_tables(source: Source, site: list[TableFile], progress: Progress) -> Replaced:
    """Fill both databases; the user database is committed first, and fltr with the word that all is done."""
    with store_on("default") as fltr:
        fill_fltr(source, fltr)
        with store_on(settings.AUTH_DB) if settings.AUTH_DB != "default" else nullcontext(fltr) as users:
            fill_site(source, site, users)
            replaced = fill_money(source, users)
            note_restored(source)
            connections[settings.AUTH_DB].check_constraints()
            reached("restore:filling")
            progress.is_halfway |= settings.AUTH_DB != "default"
        reached("restore:half")
        records.note_restore_done(f"{source.manifest.rows} rows and {source.manifest.files} files of {source.folder}.")
    return replaced


def note_restored(source: Source) -> None:
    """Note in the audit trail what was put back, with the balances."""
    manifest = source.manifest
    taken_at = {"taken_at": manifest.taken_at, "release": manifest.release}
    note_act(AuditAction.RESTORE, subject=("backup", manifest.id), after=taken_at, folder=source.folder)


def fill_fltr(source: Source, store: Store) -> None:
    """Replace what is in fltr."""
    present = store.columns()
    store.empty([table for table in tables_of(FLTR) if table in present])
    for table in source.tables(FLTR):
        source.load(table, store)
        store.count_on(table.name)
    stored_files.after_loading(source.manifest.deleted)
    connections["default"].check_constraints()


def fill_site(source: Source, site: list[TableFile], store: Store) -> None:
    """Fill the site's tables, those first to which others refer."""
    for table in site:
        source.load(table, store)
        store.count_on(table.name)


def fill_money(source: Source, store: Store) -> Replaced:
    """Replace the ledger and what hangs on it."""
    kept = {table.name: table for table in source.tables(FLTR_AUTH)}
    return money.replace_money(
        empty=store.empty,
        load=lambda name: source.load(kept[name], store),
        load_balances=lambda name: source.load(kept[PEOPLE], store, name) if PEOPLE in kept else None,
    )
