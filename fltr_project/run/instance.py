"""One running instance: set up step by step, kept running, and taken down in the opposite order."""

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager

from django.conf import settings
from django.db import connections

from authbridge.databases.postgresql import let_go
from authbridge.databases.setup import init_databases
from authbridge.shared.metrics import count_together
from datasets.services.machinery import engine_to_run
from fltr_project.run import development
from fltr_project.run.announcer import Announcer
from fltr_project.run.claims import require_free_port, resolve, sole_use_of
from fltr_project.run.failures import SetupFailed, explain
from fltr_project.run.halves import refuse_half_a_restore
from fltr_project.run.processes import WorkerProcess, adopt_children
from fltr_project.run.server import WebServer
from fltr_project.run.supervisor import Supervisor

LITTLE_SPACE_MB = 500
ENGINE_START_TIMEOUT_S = 60.0
# All stops within five seconds: the web server's two and the worker's three run side by side, then the engine ends.
WORKER_STOP_TIMEOUT_S = 3.0
ENGINE_STOP_TIMEOUT_S = 1.5

Write = Callable[[str], None]


class Instance:
    """Everything that `serve` runs. `write` takes lines for the operator; only `make run` makes a developer unasked."""

    def __init__(self, write: Write, *, as_make_run: bool = False) -> None:
        self._write, self._as_make_run = write, as_make_run
        self._engine = engine_to_run()
        self._worker = WorkerProcess()
        self._supervisor = Supervisor({"vector engine": self._engine, "worker": self._worker})

    def run(self) -> None:
        """Set up, serve until told to stop, and leave nothing running; SetupFailed names the step."""
        with ExitStack() as stack:
            with self._step("Data folder", str(settings.DATA_DIR)):
                stack.enter_context(sole_use_of(settings.DATA_DIR))
                self._warn_of_a_full_disk()
            with self._step("Port", f"{settings.PORT} on {settings.LISTEN_HOST}"):
                address = resolve(settings.LISTEN_HOST)
                require_free_port(address, settings.PORT)
            with self._step("Databases", "creating what is missing"):
                access = set_databases_up(self._write, as_make_run=self._as_make_run)
                refuse_half_a_restore()
                stack.enter_context(sqlite_kept_open())
            adopt_children()
            count_together(settings.DATA_DIR)
            if self._engine:
                with self._step("Vector engine", "starting"):
                    stack.callback(self._engine.stop, ENGINE_STOP_TIMEOUT_S)
                    self._engine.start()
                    self._engine.wait_ready(ENGINE_START_TIMEOUT_S)
            with self._step("Worker", f"starting, {settings.WORKER_CONCURRENCY} jobs at once"):
                stack.callback(self._worker.stop, WORKER_STOP_TIMEOUT_S)
                self._worker.start()
            with self._step("Web server", f"starting, {settings.WEB_WORKERS} process(es)"):
                stack.callback(self._supervisor.stop)
                self._supervisor.start()
                self._serve(address, access)
        self._write("Stopped.")

    def _serve(self, address: str, access: development.Access | None) -> None:
        announcer = Announcer(address=address, port=settings.PORT, access=access, write=self._write)

        def stop() -> None:
            announcer.stop()
            self._supervisor.ask_to_stop()
            self._worker.ask_to_stop()

        announcer.start()
        try:
            WebServer(address, on_stop=stop).serve(announcer.has_answered)
        finally:
            announcer.stop()

    def _warn_of_a_full_disk(self) -> None:
        free_mb = shutil.disk_usage(settings.DATA_DIR).free // 1024**2
        if free_mb < LITTLE_SPACE_MB:
            self._write(f"  Its disk has only {free_mb} MB left; what needs more will fail.")

    @contextmanager
    def _step(self, name: str, detail: str) -> Iterator[None]:
        self._write(f"{name}: {detail}")
        try:
            yield
        except Exception as error:
            advice = explain(error)
            if advice is None:
                raise
            raise SetupFailed(f"{name}: {advice}") from error


@contextmanager
def sqlite_kept_open() -> Iterator[None]:
    """Keep what SQLite has beside its files: who closed one last would remove it, and a full disk has no room."""
    with ExitStack() as stack:
        for database in settings.DATABASES.values():
            if database["ENGINE"].endswith("sqlite3"):
                connection = stack.enter_context(closing(sqlite3.connect(database["NAME"])))
                connection.execute("SELECT 1 FROM sqlite_master").close()
        yield


def set_databases_up(write: Write, *, as_make_run: bool) -> development.Access | None:
    """Make both databases ready; return the developer's ways in, where there is to be a developer.

    Afterwards this process needs no database any more, so it leaves no connection open.
    """
    try:
        init_databases(with_auth_tables=settings.WITH_AUTH_TABLES, report=lambda line: write(f"  {line}"))
        return development.ensure_access() if development.is_wanted(by_make_run=as_make_run) else None
    finally:
        for connection in connections.all(initialized_only=True):
            let_go(connection)
