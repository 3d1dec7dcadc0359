"""A whole running instance for tests, as `make run` starts it: its own folder, its own port, nothing left behind."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.support.engine import is_running, wait_until

PROJECT = Path(__file__).parents[2]
START_TIMEOUT_S = 90
# These start whole instances on databases of their own, so running them in one of the settings is enough.
on_embedded_databases = pytest.mark.skipif(
    os.environ["FLTR_TEST_DB"] != "sqlite", reason="is about an instance on the embedded databases"
)
# What the parts of an instance are called in a list of processes.
ENGINE, WORKER, WEB = "milvus.db", "runworker", "spawn_main"


@dataclass
class Instance:
    """One DATA_DIR and PORT, started and stopped as often as a test likes."""

    data_dir: Path
    port: int
    settings: dict[str, str]
    process: subprocess.Popen[bytes] = field(init=False)
    seen: set[int] = field(default_factory=set)

    @property
    def environment(self) -> dict[str, str]:
        """A shell in which nothing is set but what this instance needs."""
        shell = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        own = {"DATA_DIR": str(self.data_dir), "PORT": str(self.port), "ENV_FILE": ""}
        return {**shell, **own, **self.settings}

    @property
    def output(self) -> str:
        """All that the latest run has written."""
        return (self.data_dir.parent / f"{self.data_dir.name}.log").read_text()

    def launch(self) -> None:
        """Start it as `make run` does, in a process group of its own as a terminal would, and do not wait."""
        with open(self.data_dir.parent / f"{self.data_dir.name}.log", "wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "fltr_project"],
                cwd=PROJECT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def start(self) -> None:
        """Start it and wait until it is healthy and has said so."""
        self.launch()
        self.wait_until_healthy()
        wait_until(lambda: "FLTR answers at" in self.output)
        self.seen.update(self.parts())

    def wait_until_healthy(self) -> None:
        """Wait until every part answers; fail with the log if the instance ended instead."""

        def healthy() -> bool:
            assert self.process.poll() is None, self.output
            return self.is_healthy()

        wait_until(healthy, START_TIMEOUT_S)

    def is_healthy(self) -> bool:
        """Ask once."""
        try:
            return bool(self.get("/health")["status"] == "healthy")
        except (OSError, ValueError):
            return False

    def get(self, path: str, token: str = "") -> Any:
        """Call and return the answer's JSON."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        request = urllib.request.Request(f"http://localhost:{self.port}{path}", headers=headers)
        with urllib.request.urlopen(request, timeout=10) as response:
            return json.load(response)

    def token(self) -> str:
        """Return the token that was printed."""
        found = re.search(r"Authorization: Bearer (\w+)", self.output)
        assert found, self.output
        return found[1]

    def parts(self) -> dict[int, str]:
        """Return the command lines of all processes of this instance by their ids."""
        listing = subprocess.run(["ps", "-wweo", "pid=,ppid=,args="], capture_output=True, text=True, check=True)
        rows = [line.split(None, 2) for line in listing.stdout.splitlines()]
        family = {str(self.process.pid)}
        # A parent is always older, but its id need not be smaller: two rounds find children and grandchildren.
        for _ in range(2):
            family |= {row[0] for row in rows if row[1] in family}
        return {int(row[0]): row[2] for row in rows if row[0] in family and len(row) == 3}

    def pids_of(self, part: str) -> list[int]:
        """Return the ids of one part's processes."""
        found = [pid for pid, command in self.parts().items() if part in command and is_running(pid)]
        self.seen.update(found)
        return found

    def kill(self, part: str) -> int:
        """Kill one of a part's processes with -9 and return its id."""
        victim = self.pids_of(part)[0]
        os.kill(victim, signal.SIGKILL)
        return victim

    def press_ctrl_c(self) -> int:
        """Send SIGINT to all of them, as a terminal does; return the exit code."""
        self.seen.update(self.parts())
        os.killpg(self.process.pid, signal.SIGINT)
        return self.process.wait(30)

    def kill_parent(self) -> None:
        """Kill the process that looks after the others."""
        self.seen.update(self.parts())
        self.process.kill()
        self.process.wait()

    def left_behind(self) -> list[int]:
        """Return the processes ever seen of this instance that still run."""
        return [pid for pid in self.seen if is_running(pid)]

    def clean_up(self) -> None:
        """End everything, however the test went."""
        if self.process.poll() is None:
            self.seen.update(self.parts())
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        for pid in self.left_behind():
            os.kill(pid, signal.SIGKILL)


@contextmanager
def instance_in(folder: Path, **settings: str) -> Iterator[Instance]:
    """Give an instance that has not been started; what runs of it at the end is stopped."""
    instance = Instance(folder / "data", free_port(), settings)
    try:
        yield instance
    finally:
        if hasattr(instance, "process"):
            instance.clean_up()


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
