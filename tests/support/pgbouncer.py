"""A real PgBouncer before a PostgreSQL server of the tests. Debian has it: `apt-get install pgbouncer`."""

import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from tests.interop import leash
from tests.support.engine import wait_until
from tests.support.forwarding import Forwarder
from tests.support.instance import free_port

PROGRAM = shutil.which("pgbouncer", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")
# All else is as it comes; so it refuses what connections would set, by `options` or otherwise.
CONFIGURATION = """
[databases]
* = {server}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = trust
auth_file = {folder}/users
logfile = {folder}/log
pidfile = {folder}/pid
{settings}
"""


@contextmanager
def pooler(home: Path, server_url: str, way: Forwarder | None = None, **settings: object) -> Iterator[str]:
    """Run one, by default in transaction mode with three sessions of each database; give its URL.

    The server is one of `tests.support.postgres`, and like that it runs as the user who owns the server's files,
    with files of its own in `home`. `way` leads to the server where that is to be cut.
    """
    assert PROGRAM, "Install PgBouncer: apt-get install pgbouncer"
    socket_folder = folder_of_socket(server_url)
    server = f"host=127.0.0.1 port={way.port}" if way else f"host={socket_folder}"
    port, owner = free_port(), pwd.getpwuid(socket_folder.stat().st_uid)
    wanted = {"pool_mode": "transaction", "default_pool_size": 3, **settings}
    lines = "\n".join(f"{name} = {value}" for name, value in wanted.items())
    folder = Path(tempfile.mkdtemp(dir=home))
    (folder / "users").write_text('"postgres" ""\n')
    (folder / "ini").write_text(CONFIGURATION.format(server=server, port=port, folder=folder, settings=lines))
    command = [sys.executable, leash.__file__, PROGRAM, "-q", str(folder / "ini")]
    if os.geteuid() == 0:
        os.chown(folder, owner.pw_uid, owner.pw_gid)
        command += ["-u", owner.pw_name]
    nothing = subprocess.DEVNULL
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=nothing, stderr=nothing)
    try:
        wait_until(lambda: is_open(port))
        yield f"postgresql://postgres@127.0.0.1:{port}/postgres"
    finally:
        process.communicate()


def folder_of_socket(url: str) -> Path:
    """Return where a server of `tests.support.postgres` has its socket."""
    return Path(parse_qs(urlsplit(url).query)["host"][0])


def is_open(port: int) -> bool:
    """Tell whether somebody listens there."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
