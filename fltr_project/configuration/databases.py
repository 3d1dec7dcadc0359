"""From two URLs to Django's DATABASES: two homes, or one database that is both."""

from contextlib import suppress
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured

from fltr_project.configuration.kinds import BadSetting

# The alias of the user database where it is one of its own.
HOME_OF_USERS = "auth"
SQLITE = "django.db.backends.sqlite3"
POSTGRESQL = "django.db.backends.postgresql"
# The same with a breaker.
OUR_POSTGRESQL = "authbridge.shared.postgresql"
SCHEMES = ("postgresql", "postgres", "sqlite")
DEFAULT_PORTS = {OUR_POSTGRESQL: "5432"}
LOCAL_HOSTS = {"", "localhost", "127.0.0.1", "::1", "[::1]"}

# An upload holds a lock for milliseconds, so waiting beats failing; past this many seconds something is wrong.
SQLITE_BUSY_TIMEOUT_S = 20
CONNECT_TIMEOUT_S = 5
# How long the pool is waited for before the breaker looks whether the server is there at all.
POOL_STEP_S = 0.25


def configure_databases(
    data_dir: Path, fltr_url: str, auth_url: str, pool_size: int
) -> tuple[dict[str, dict[str, Any]], str]:
    """Return DATABASES and the alias of the user database.

    Two aliases that name one database would make Django record migrations it never ran, so then there is
    only `default`, and the alias of the user database is `default` too.
    """
    if not fltr_url and not auth_url:
        databases = {
            "default": sqlite(data_dir / "fltr.sqlite3"),
            HOME_OF_USERS: sqlite(data_dir / "fltr_auth.sqlite3"),
        }
        return without_dependencies(databases), HOME_OF_USERS
    if not fltr_url:
        raise BadSetting(
            "AUTH_DATABASE_URL is set but DATABASE_URL is not. Set DATABASE_URL to the fltr database"
            " (datasets and documents); AUTH_DATABASE_URL names the user database (fltr_auth)."
        )
    databases = {"default": from_url("DATABASE_URL", fltr_url, pool_size)}
    if auth_url:
        auth = from_url("AUTH_DATABASE_URL", auth_url, pool_size)
        if location(auth) != location(databases["default"]):
            databases[HOME_OF_USERS] = auth
    return without_dependencies(databases), HOME_OF_USERS if HOME_OF_USERS in databases else "default"


def from_url(name: str, url: str, pool_size: int) -> dict[str, Any]:
    """Turn one URL into a database's settings, or say what to set it to without repeating its password."""
    parsed: dict[str, Any] = {}
    # Asked of environ, another scheme would be repeated in a warning, with whatever else stands in the URL.
    if url.partition("://")[0].lower() in SCHEMES:
        with suppress(ValueError, KeyError, ImproperlyConfigured):  # They repeat parts of the URL.
            parsed = environ.Env.db_url_config(url)
    if parsed.get("ENGINE") == SQLITE:
        return sqlite(Path(parsed["NAME"]))
    if parsed.get("ENGINE") == POSTGRESQL and parsed["NAME"]:
        return postgresql(parsed, pool_size)
    raise BadSetting(f"{name} cannot be used: set it to postgresql://USER:PASSWORD@HOST:PORT/NAME or sqlite:///PATH.")


def sqlite(path: Path) -> dict[str, Any]:
    """Settings of an SQLite file that several processes write: WAL, IMMEDIATE, patience."""
    return {
        "ENGINE": SQLITE,
        "NAME": str(path),
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": SQLITE_BUSY_TIMEOUT_S,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
        },
        "TEST": {"NAME": str(path.with_name(f"test_{path.name}"))},
    }


def postgresql(parsed: dict[str, Any], pool_size: int) -> dict[str, Any]:
    """Settings of a PostgreSQL database behind a pool, whose connections are checked before use."""
    options = {"connect_timeout": CONNECT_TIMEOUT_S, "application_name": "fltr", **parsed.get("OPTIONS", {})}
    if pool_size:
        options["pool"] = {"min_size": 1, "max_size": pool_size, "timeout": POOL_STEP_S}
    return {
        **parsed,
        "ENGINE": OUR_POSTGRESQL,
        "OPTIONS": options,
        "CONN_MAX_AGE": 0,
        "CONN_HEALTH_CHECKS": True,
        "TEST": {},
    }


def location(database: dict[str, Any]) -> tuple[str, str, str, str]:
    """What tells two databases apart however their URLs are spelled: engine, host, port and name."""
    engine = database["ENGINE"]
    if engine == SQLITE:
        return engine, "", "", str(Path(database["NAME"]).resolve())
    options, host = database["OPTIONS"], host_of(database)
    port = str(options.get("port") or database.get("PORT") or DEFAULT_PORTS[engine])
    return engine, "localhost" if host in LOCAL_HOSTS else host, port, database["NAME"]


def host_of(database: dict[str, Any]) -> str:
    """Return the host a URL names, in its path or in its options; empty where it names none."""
    return str(database["OPTIONS"].get("host") or database.get("HOST") or "").lower()


def is_local(hosts: str) -> bool:
    """Tell whether a host, or each of several, is this machine for certain: a socket's folder or a loopback address."""
    return all(is_local_host(host.strip()) for host in hosts.lower().split(","))


def is_local_host(host: str) -> bool:
    """Tell it of one; other names may lead here today and elsewhere tomorrow."""
    if host in LOCAL_HOSTS or host.startswith(("/", "@")):
        return True
    try:
        address = ip_address(host.strip("[]"))
    except ValueError:
        return False
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback


def without_dependencies(databases: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Let tests that use only the user database run alone; Django assumes it depends on `default`."""
    for database in databases.values():
        database["TEST"]["DEPENDENCIES"] = []
    return databases
