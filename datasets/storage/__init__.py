"""Where uploaded files and their extracted text lie: one folder a document, written whole or not at all."""

import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from authbridge.shared.ids import parse_uuid

STORED_VERSION = re.compile(r"\d+(\.txt|\.json)?", re.ASCII)
# Less than this, or than a fiftieth of a small disk, is left to what was taken before.
LEAST_ROOM = 64 * 1024 * 1024
# As tempfile names what is still coming in.
UPLOAD_IN_PROGRESS = re.compile(r"tmp[a-z0-9_]{8}")


def root() -> Path:
    """Return the storage folder."""
    parts = urlsplit(settings.STORAGE_URL)
    return Path(parts.path if parts.scheme == "file" else settings.STORAGE_URL)


def incoming_folder() -> Path:
    """Return the folder of uploads in progress; on the same file system, so that keeping one is a rename."""
    folder = root() / "incoming"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def object_key(dataset_id: object, document_id: object, version: int) -> str:
    """Return the key of one version of a document."""
    return f"{dataset_id}/{document_id}/{version}"


def path_of(key: str) -> Path:
    """Return the path of a stored file."""
    return root() / key


def text_path_of(key: str) -> Path:
    """Return the path of a stored file's extracted text."""
    return root() / f"{key}.txt"


def layout_path_of(key: str) -> Path:
    """Return the path of what is known of a stored file's text besides its letters."""
    return root() / f"{key}.json"


def keep(source: Path, key: str) -> None:
    """Move an incoming file to its place; once this returns it survives a crash."""
    target = path_of(key)
    target.parent.mkdir(parents=True, exist_ok=True)
    sync(source)
    os.replace(source, target)
    sync(target.parent)


def write_text(key: str, text: str) -> None:
    """Keep extracted text beside its file."""
    write_whole(text_path_of(key), text)


def write_layout(key: str, layout: Any) -> None:
    """Keep what splitting the text again needs to know, as JSON."""
    write_whole(layout_path_of(key), json.dumps(layout))


def read_layout(key: str) -> Any:
    """Return what was kept of it; None for a text from before that was, or one that cannot be read."""
    try:
        return json.loads(layout_path_of(key).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None


def write_whole(target: Path, text: str) -> None:
    """Write a file so that it is there whole or not at all."""
    with arriving() as file:
        file.write(text.encode())
    os.replace(file.name, target)


@contextmanager
def arriving() -> Iterator[Any]:
    """Open a new file among the uploads in progress; what becomes of it fails with the block, and takes it away."""
    file = tempfile.NamedTemporaryFile(dir=incoming_folder(), delete=False)  # noqa: SIM115  # Closed below.
    try:
        with file:
            yield file
    except BaseException:
        # On a full disk above all, nobody would make room for another hour.
        os.unlink(file.name)
        raise


def has_room() -> bool:
    """Tell whether the disk can take more uploads, and the databases and vectors of those it took."""
    disk = shutil.disk_usage(root())
    return disk.free > min(LEAST_ROOM, disk.total // 50)


def read_text(key: str) -> str:
    """Return extracted text as it was written."""
    with open(text_path_of(key), encoding="utf-8", newline="") as file:
        return file.read()


def delete_document(dataset_id: object, document_id: object) -> None:
    """Remove all files of a document; fine if they are gone."""
    shutil.rmtree(root() / str(dataset_id) / str(document_id), ignore_errors=True)


def delete_dataset(dataset_id: object) -> None:
    """Remove all files of a dataset; fine if they are gone."""
    shutil.rmtree(root() / str(dataset_id), ignore_errors=True)


def abandoned(older_than_s: float, now_s: float) -> Iterator[Path]:
    """Yield uploads in progress that a killed server left behind."""
    return (path for path in incoming_folder().iterdir() if path.stat().st_mtime < now_s - older_than_s)


def own_files() -> Iterator[Path]:
    """Yield every file here that is ours by its name and place, whoever else keeps something in this folder."""
    yield from files_in(root() / "incoming", UPLOAD_IN_PROGRESS)
    for dataset in folders_in(root()):
        for document in folders_in(dataset):
            yield from files_in(document, STORED_VERSION)


def is_empty() -> bool:
    """Tell whether there is no file of any document, as where the folder is not mounted."""
    return not any(path.parent.name != "incoming" for path in own_files())


def files_in(folder: Path, name: re.Pattern[str]) -> list[Path]:
    """Return the files of a folder that are called like this; links are somebody else's."""
    if folder.is_symlink():
        return []
    return [path for path in entries(folder) if name.fullmatch(path.name) and path.is_file() and not path.is_symlink()]


def folders_in(folder: Path) -> list[Path]:
    """Return the folders of a folder that are called by an id."""
    named = (path for path in entries(folder) if str(parse_uuid(path.name)) == path.name)
    return [path for path in named if path.is_dir() and not path.is_symlink()]


def entries(folder: Path) -> list[Path]:
    """Return what is in a folder; nothing in one that is not there, or not any more."""
    try:
        return list(folder.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return []


def delete_everything() -> None:
    """Remove all of our files, and the folders that are empty then."""
    for path in list(own_files()):
        path.unlink(missing_ok=True)
    for dataset in folders_in(root()):
        for folder in (*folders_in(dataset), dataset):
            if folder.is_dir() and not entries(folder):
                folder.rmdir()


def link_or_copy(source: Path, target: Path) -> None:
    """Have a file in another place too: as a second link, or where that cannot be, as a copy."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, target)
    except FileNotFoundError:
        raise
    except OSError:
        # Another file system, one without links, or a file of somebody else's.
        shutil.copyfile(source, target)


def replace_by(source: Path, target: Path) -> None:
    """Put a file of another place where it belongs here, whole or not at all."""
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=incoming_folder())
    os.close(handle)
    os.unlink(name)
    link_or_copy(source, Path(name))
    sync(Path(name))
    os.replace(name, target)
    sync(target.parent)


def kept_files() -> Iterator[Path]:
    """Yield every file of a document, and its text."""
    incoming = root() / "incoming"
    return (path for path in own_files() if path.parent != incoming)


def key_of(path: Path) -> str:
    """Return the key of a kept file, or of the file that a text is of."""
    return path.relative_to(root()).as_posix().removesuffix(".txt")


def checked_name(name: str) -> str:
    """Return the name of a kept file; ValueError if it is none and so leads somewhere else."""
    dataset_id, document_id, version = name.split("/")
    if not (all(str(parse_uuid(id)) == id for id in (dataset_id, document_id)) and STORED_VERSION.fullmatch(version)):
        raise ValueError(f"{name} is no file of a document.")
    return name


def sync(path: Path) -> None:
    """Flush a file or folder to disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
