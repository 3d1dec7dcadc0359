"""The folder of a backup: written beside its name, and renamed once all of it is on the disk, so that half is none."""

import fcntl
import gzip
import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any, cast
from urllib.parse import quote

from datasets.services.stored_files import sync
from fltr_project.backup.errors import Refused

FORMAT = 1
MANIFEST, SUMS, LOCK = "manifest.json", "SHA256SUMS", "being-written"
UPLOADS = "files"
ONLY_OURS = 0o077
COMPRESSION = 3


@dataclass(frozen=True, slots=True)
class TableFile:
    """A table of a home, or columns of it, in a file."""

    home: str
    name: str
    columns: list[str]
    rows: int
    file: str
    is_the_sites: bool = False


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup is: of which release and when, what had been migrated, its tables, and the sum of its sums.

    `deleted` are documents that were deleted while their files were copied: they are deleted once more when it is
    put back.
    """

    id: str
    release: str
    taken_at: str
    migrations: dict[str, list[str]]
    tables: list[TableFile]
    files: int
    bytes: int
    deleted: list[str]
    sums: str
    has_site: bool
    format: int = FORMAT

    @property
    def rows(self) -> int:
        """All rows of all tables."""
        return sum(table.rows for table in self.tables)


@contextmanager
def new_folder(folder: Path) -> Iterator[Path]:
    """Give a folder to write into, which then takes this name; whatever goes wrong, it is gone again.

    Raises Refused where something is there already, and OSError.
    """
    folder = folder.absolute()
    if folder.exists() and not (folder.is_dir() and not any(folder.iterdir())):
        raise Refused(f"{folder} is there already, and not empty. Name a folder that is not.")
    partial = folder.with_name(f"{folder.name}.partial")
    before = os.umask(ONLY_OURS)
    try:
        with taken(partial):
            yield partial
            (partial / LOCK).unlink()
            sync_all(partial)
            os.replace(partial, folder)
            sync(folder.parent)
    finally:
        os.umask(before)


@contextmanager
def taken(partial: Path) -> Iterator[None]:
    """Have the folder that is not whole yet for oneself: what a killed backup left of it goes, a twin's is refused."""
    partial.mkdir(mode=0o700, parents=True, exist_ok=True)
    if (others := [path for path in partial.iterdir() if path.name != LOCK]) and not (partial / LOCK).exists():
        raise Refused(f"{partial} is in the way, and was not begun by a backup: {others[0].name}. Move it away.")
    with open(partial / LOCK, "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Refused(f"Another backup is being written to {partial}.") from None
        for path in others:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        try:
            yield
        except BaseException:
            shutil.rmtree(partial, ignore_errors=True)
            raise


def sync_all(folder: Path) -> None:
    """Flush a folder and all that is in it to disk."""
    for place, _, names in os.walk(folder, topdown=False):
        for name in names:
            sync(Path(place) / name)
        sync(Path(place))


def table_path(home: str, table: str) -> str:
    """Return where a table lies in the folder."""
    return f"{home}/{quote(table, safe='')}.copy.gz"


@contextmanager
def packed(path: Path) -> Iterator[IO[bytes]]:
    """Open a new compressed file."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with open(path, "wb") as file, gzip.GzipFile("", "wb", COMPRESSION, file, mtime=0) as packing:
        yield cast(IO[bytes], packing)


@contextmanager
def unpacked(path: Path) -> Iterator[IO[bytes]]:
    """Open a compressed file."""
    with gzip.open(path, "rb") as file:
        yield cast(IO[bytes], file)


def sha256_of(path: Path) -> str:
    """Return the hash of a file."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_sums(folder: Path, known: dict[str, str]) -> str:
    """Write the hash of each file as sha256sum does, and return the hash of that; some may be known already."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != LOCK)
    names = {path.relative_to(folder).as_posix(): path for path in paths}
    with open(folder / SUMS, "w") as file:
        file.writelines(f"{known.get(name) or sha256_of(path)}  {name}\n" for name, path in names.items())
    return sha256_of(folder / SUMS)


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write what the backup is; it is its last file."""
    (folder / MANIFEST).write_text(json.dumps(asdict(manifest), indent=1) + "\n")


def read_manifest(folder: Path) -> Manifest:
    """Read what a backup is. Raises Refused if this is none, or none that this release can read."""
    try:
        found: dict[str, Any] = json.loads((folder / MANIFEST).read_text())
        version = found["format"]
    except FileNotFoundError:
        raise Refused(f"{folder} is no backup: it has no {MANIFEST}.") from None
    except (ValueError, KeyError, TypeError):
        raise Refused(f"{folder / MANIFEST} cannot be read: this backup is damaged.") from None
    if version != FORMAT:
        raise Refused(
            f"{folder} is of the form {version}, and this release reads {FORMAT}. Use the release that made it."
        )
    return Manifest(**{**found, "tables": [TableFile(**table) for table in found["tables"]]})


def check_sums(folder: Path, manifest: Manifest) -> list[str]:
    """Read all of a backup, and return its files. Raises Refused if one is not there or not what was written."""
    if not (folder / SUMS).exists() or sha256_of(folder / SUMS) != manifest.sums:
        raise Refused(f"{folder / SUMS} is not as it was written: this backup is damaged. Nothing was changed.")
    lines = [line.split("  ", 1) for line in (folder / SUMS).read_text().splitlines()]
    written = {name: sha256 for sha256, name in lines}
    for name, sha256 in written.items():
        if not (folder / name).is_file() or sha256_of(folder / name) != sha256:
            raise Refused(f"{folder / name} is not as it was written: this backup is damaged. Nothing was changed.")
    if absent := sorted({table.file for table in manifest.tables} - written.keys()):
        raise Refused(f"{folder / absent[0]} is missing: this backup is damaged. Nothing was changed.")
    return list(written)
