"""A real vector engine for tests, in a folder with a path short enough for its socket."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from datasets.vector_store.engine import Engine


@contextmanager
def running_engine(data_dir: Path | None = None) -> Iterator[Engine]:
    """Start an engine, in a temporary folder unless one is given, and stop it in the end."""
    with short_folder() as folder:
        engine = Engine(data_dir or folder)
        engine.start()
        try:
            engine.wait_ready(30)
            yield engine
        finally:
            engine.stop()


@contextmanager
def short_folder() -> Iterator[Path]:
    """Make a temporary folder whose path leaves room for a socket's name, and remove it in the end."""
    with tempfile.TemporaryDirectory(prefix="fltr-test-", dir="/tmp", ignore_cleanup_errors=True) as folder:
        yield Path(folder)
