"""Who else is connected: nothing of FLTR's may be while a backup is put back."""

import time
from collections.abc import Iterator

from django.db import connections

from authbridge.databases.naming import aliases, title
from authbridge.shared.findings import some
from fltr_project.backup.errors import Refused
from fltr_project.reset.contents import is_absent

PATIENCE_S, LOOK_EVERY_S = 3.0, 0.2

OURS = """
    SELECT pid, COALESCE(host(client_addr), 'this machine') FROM pg_stat_activity
    WHERE datname = current_database() AND application_name = current_setting('application_name')
        AND usename = current_user AND pid <> pg_backend_pid() ORDER BY pid"""


def refuse_company() -> None:
    """Raise Refused while anything else of FLTR's is connected; what has just been stopped is waited for."""
    ends_at = time.monotonic() + PATIENCE_S
    while others := list(other_connections()):
        if time.monotonic() > ends_at:
            raise Refused(f"Something of FLTR's is connected: {some(others)}. Stop all web servers and workers first.")
        time.sleep(LOOK_EVERY_S)


def other_connections() -> Iterator[str]:
    """Yield each connection of another process of FLTR's, as PostgreSQL knows it; of SQLite the data folder tells."""
    for alias in filter(is_on_a_server, aliases()):
        with connections[alias].cursor() as cursor:
            cursor.execute(OURS)
            found = cursor.fetchall()
        yield from (f"process {pid} of {title(alias)}, from {place}" for pid, place in found)


def is_on_a_server(alias: str) -> bool:
    """Tell whether other machines may be connected to a database that is there."""
    return connections[alias].vendor == "postgresql" and not is_absent(connections[alias])
