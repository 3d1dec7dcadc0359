"""Why not to drop anything: each function yields sentences that say what stands against it."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from authbridge.databases.doctor.reach import examine_identity
from authbridge.databases.naming import URL_NAMES, describe
from fltr_project.configuration.databases import is_local
from fltr_project.reset.wish import Wish

# A server's socket has no address.
WHO_ANSWERS = "SELECT pg_backend_pid(), host(inet_server_addr())"


def reasons_against(wish: Wish) -> Iterator[str]:
    """Yield all of them."""
    if not settings.DEBUG:
        yield "DEBUG is off: this is for development only."
    for alias in wish.aliases:
        if host := remote_host_of(connections[alias]):
            yield f"{describe(alias)} is on {host}, which is not this machine."
        elif address := remote_server_of(connections[alias]):
            yield f"{describe(alias)} is a pooler's, whose server is at {address}: name that in {URL_NAMES[alias]}."
    if wish.takes_datasets() and not is_local(vector_store_host()):
        yield f"The vector store is on {vector_store_host()}, which is not this machine."
    # One database under two addresses: what goes there and what stays could not be told apart.
    yield from (f"{found.message} {found.advice}" for found in examine_identity())


def remote_host_of(connection: BaseDatabaseWrapper) -> str | None:
    """Return the host of a database that is on another machine, by its settings or by where they have led."""
    if connection.vendor != "postgresql":
        return None
    database = connection.settings_dict
    hosts = [database["OPTIONS"].get("host") or database["HOST"], database["OPTIONS"].get("hostaddr")]
    if connection.connection is not None:
        # What the settings leave open the environment may have said, by PGHOST; and a name may lead anywhere.
        hosts += [connection.connection.info.host, connection.connection.info.hostaddr]
    return next((str(host) for host in hosts if host and not is_local(str(host))), None)


def remote_server_of(connection: BaseDatabaseWrapper) -> str | None:
    """Return the address of the server that a pooler on this machine leads to, unless it is here for certain."""
    if connection.vendor != "postgresql" or connection.connection is None:
        return None
    with connection.cursor() as cursor:
        cursor.execute(WHO_ANSWERS)
        process, address = cursor.fetchone()
    is_pooled = process != connection.connection.info.backend_pid
    return address if is_pooled and address and not is_local(address) else None


def vector_store_host() -> str:
    """Return the host of the vector store; empty for the embedded engine."""
    address = urlsplit(settings.VECTOR_STORE_URI)
    return "" if address.scheme == "unix" else address.hostname or ""
