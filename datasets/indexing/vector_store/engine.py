"""The embedded Milvus engine: a process of its own that this process starts, watches and takes along when it ends.

Two locks keep it honest, both healed by the kernel however a process dies:

* `engine.lock` is a flock that the engine inherits. It is free only when launcher *and* engine are gone, so two
  engines never write to one database, not even while an orphan is still on its way out.
* `engine.alive` is a lockf that only the launcher holds. The engine watches it and leaves when it is released.
  A process loses such a lock as soon as it closes any handle of that file, so nothing else here may open it.
"""

import fcntl
import hashlib
import os
import stat
import subprocess
import time
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

from datasets.errors import VectorStoreError, VectorStoreUnavailable
from datasets.indexing.vector_store.locks import take_flock
from datasets.indexing.vector_store.probe import probe

# The kernel allows 104 to 108 bytes, depending on the system.
MAX_SOCKET_PATH_BYTES = 99
# An orphaned engine leaves within about a second of its launcher's end.
ORPHAN_PATIENCE_S = 5.0
DATABASE = "milvus.db"
_POLL_S = 0.02
_GREETING_TIMEOUT_S = 2.0
_LOG_TAIL_BYTES = 2_000
# A log that has grown over the one is cut to the other.
LARGEST_LOG_BYTES, KEPT_LOG_BYTES = 4_000_000, 400_000
_LINK = "vectors"


class EngineError(VectorStoreError):
    """The embedded engine cannot be started here."""


def default_uri(data_dir: Path) -> str:
    """Return the address of the data folder's engine, the same in every process."""
    return f"unix:{_socket_path(data_dir)}"


def _folder(data_dir: Path) -> Path:
    return data_dir.resolve() / "vectors"


def _socket_path(data_dir: Path) -> Path:
    path = _folder(data_dir) / "engine.sock"
    if len(os.fsencode(path)) <= MAX_SOCKET_PATH_BYTES:
        return path
    digest = hashlib.sha256(os.fsencode(path)).hexdigest()[:16]
    # Not tempfile.gettempdir(): another process may have another TMPDIR, and must find the same socket.
    return Path("/tmp") / f"fltr-{digest}" / "engine.sock"


def kept_in(socket_folder: Path) -> Path:
    """Return where an engine keeps everything, by the folder of its socket."""
    elsewhere = socket_folder / _LINK
    return elsewhere if elsewhere.is_symlink() else socket_folder


def database_file(data_dir: Path) -> Path:
    """Return the file in which the data folder's engine keeps everything."""
    return _folder(data_dir) / DATABASE


def remove_database(data_dir: Path) -> None:
    """Remove all that the data folder's engine keeps; EngineError if it runs.

    Its lock files stay: whoever waits for one must not be left with a lock on a file that is no more.
    """
    folder = _folder(data_dir)
    if not folder.is_dir():
        return
    lock = _lock_instance(folder / "engine.lock")
    try:
        # SQLite may have left a journal beside it.
        for path in (*folder.glob(f"{DATABASE}*"), folder / "engine.log"):
            path.unlink(missing_ok=True)
    finally:
        os.close(lock)


class Engine:
    """One engine on one data folder; `start` works again after the engine died."""

    def __init__(self, data_dir: Path) -> None:
        self._folder = _folder(data_dir)
        self._socket = _socket_path(data_dir)
        self._instance_lock: int | None = None
        self._alive_lock: int | None = None
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def uri(self) -> str:
        """The address clients connect to, from this process and from others."""
        return f"unix:{self._socket}"

    @property
    def pid(self) -> int | None:
        """The process id of the engine that was started last."""
        return None if self._process is None else self._process.pid

    def start(self) -> None:
        """Start the engine unless it runs; EngineError if another launcher holds the data folder."""
        if self._process is not None and self._process.poll() is None:
            return
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self._socket.parent != self._folder:
            _make_private_folder(self._socket.parent)
            self._link.unlink(missing_ok=True)
            self._link.symlink_to(self._folder)
        instance_lock = self._take_locks()
        # A socket left behind by a killed engine would refuse the new one its address.
        self._socket.unlink(missing_ok=True)
        self._process = self._launch(instance_lock)

    def wait_ready(self, timeout_s: float) -> None:
        """Return once the engine answers; EngineError if it ended, VectorStoreUnavailable after the time."""
        deadline = time.monotonic() + timeout_s
        while True:
            if (code := self.poll()) is not None:
                raise EngineError(f"The vector engine ended with code {code}: {self._log_tail()}")
            try:
                return probe(self.uri, max(_POLL_S, deadline - time.monotonic()))
            except VectorStoreUnavailable:
                if time.monotonic() >= deadline:
                    raise
            time.sleep(_POLL_S)

    def poll(self) -> int | None:
        """Return the exit code of an engine that has ended; None while it runs, or before its first start."""
        return None if self._process is None else self._process.poll()

    def answers(self) -> bool:
        """Tell whether it greets: its socket alone says nothing, since the kernel connects to a frozen process, too.

        Asked every few seconds for as long as the engine runs, which is when its log has to be cut, too.
        """
        self._cut_log()
        try:
            probe(self.uri, _GREETING_TIMEOUT_S)
        except VectorStoreUnavailable:
            return False
        return True

    def kill(self) -> None:
        """End it by force, without waiting for that; what it acknowledged is on disk."""
        if self._process is not None:
            self._process.kill()

    def stop(self, timeout_s: float = 5.0) -> None:
        """End the engine, by force after the time, and free the data folder; harmless when nothing runs."""
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(timeout_s)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None
        if self._instance_lock is not None:
            self._remove_socket()
        self._release_locks()

    def _take_locks(self) -> int:
        if self._instance_lock is None:
            self._instance_lock = _lock_instance(self._folder / "engine.lock")
        if self._alive_lock is None:
            self._alive_lock = _open_private(self._folder / "engine.alive")
            fcntl.lockf(self._alive_lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return self._instance_lock

    def _release_locks(self) -> None:
        for lock in (self._alive_lock, self._instance_lock):
            if lock is not None:
                os.close(lock)
        self._alive_lock = self._instance_lock = None

    def _remove_socket(self) -> None:
        self._socket.unlink(missing_ok=True)
        if self._socket.parent != self._folder:
            self._link.unlink(missing_ok=True)
            self._socket.parent.rmdir()

    @property
    def _link(self) -> Path:
        """What leads from a socket elsewhere to the folder."""
        return self._socket.parent / _LINK

    def _launch(self, instance_lock: int) -> subprocess.Popen[bytes]:
        library = _library_folder()
        self._cut_log()
        with open(self._folder / "engine.log", "ab") as log:
            return subprocess.Popen(
                [library / "milvus", DATABASE, self.uri, "ERROR", "engine.alive"],
                cwd=self._folder,
                env=os.environ | {"LD_LIBRARY_PATH": str(library), "DYLD_LIBRARY_PATH": str(library)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                umask=0o077,
                pass_fds=[instance_lock],
                # In a session of its own, so that a Ctrl-C in the terminal leaves the order of stopping to us.
                start_new_session=True,
            )

    def _cut_log(self) -> None:
        """Keep the end of a log that is too long, in its place: the engine goes on to append to this very file."""
        with suppress(OSError), open(self._folder / "engine.log", "r+b") as log:
            if log.seek(0, os.SEEK_END) > LARGEST_LOG_BYTES:
                log.seek(-KEPT_LOG_BYTES, os.SEEK_END)
                kept = log.read()
                log.truncate(0)
                log.seek(0)
                log.write(kept)

    def _log_tail(self) -> str:
        log = (self._folder / "engine.log").read_bytes()[-_LOG_TAIL_BYTES:]
        return log.decode("utf-8", "replace").strip() or "it wrote nothing to its log."


def _library_folder() -> Path:
    # Found without importing it: milvus_lite is needed for its program alone.
    spec = find_spec("milvus_lite")
    folder = Path(next(iter(spec.submodule_search_locations or ()))) / "lib" if spec else None
    if folder is None or not (folder / "milvus").is_file():
        raise EngineError("The package milvus-lite 2.5 has no engine for this system; set VECTOR_STORE_URI instead.")
    return folder


def _lock_instance(path: Path) -> int:
    """Take the lock, giving an orphan of a killed launcher the time it needs to leave."""
    lock = _open_private(path)
    if not take_flock(lock, ORPHAN_PATIENCE_S):
        os.close(lock)
        raise EngineError(f"Another instance is using {path.parent}.")
    return lock


def _open_private(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT, 0o600)


def _make_private_folder(path: Path) -> None:
    """Make a folder in a shared place that nobody else can have prepared or may enter."""
    path.mkdir(mode=0o700, exist_ok=True)
    found = path.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o077:
        raise EngineError(f"{path} must be a folder that only this user may enter; remove it.")
