"""The two databases by name, and what they refuse in words that say what to do about it."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from django.conf import settings
from django.db import Error, connections

from authbridge.shared.errors import DatabaseNotReady, first_line

URL_NAMES = {"default": "DATABASE_URL", "auth": "AUTH_DATABASE_URL"}
# The check for which init_databases goes no further: making them empty may be the last thing wanted.
TABLES_ARE_GONE = "authbridge.W003"
INSUFFICIENT_PRIVILEGE = "42501"
# How PgBouncer says, in no other language, that it is one.
STATEMENT_MODE, NO_SUCH_PARAMETER = "statement pooling mode", "unsupported startup parameter"


def aliases() -> list[str]:
    """Return the databases, the user database first."""
    return list(dict.fromkeys([settings.AUTH_DB, "default"]))


def title(alias: str) -> str:
    """Return what a database is called in the documentation."""
    return "fltr" if alias == "default" else "fltr_auth"


@contextmanager
def explained(alias: str) -> Iterator[None]:
    """Turn what a database refuses into a sentence that says what to do about it."""
    try:
        yield
    except (Error, psycopg.Error) as error:
        raise DatabaseNotReady(
            f"{describe(alias)} cannot be used: {first_line(error)}. {advice(alias, error)}"
        ) from error


def describe(alias: str) -> str:
    """Name a database as its operator knows it."""
    database = connections[alias].settings_dict
    if connections[alias].vendor == "sqlite":
        return str(database["NAME"])
    options = database["OPTIONS"]
    host, port = options.get("host") or database["HOST"] or "localhost", options.get("port") or database["PORT"] or 5432
    place = f"{host}:{port}"
    return f'PostgreSQL database "{database["NAME"]}" at {place}'


def advice(alias: str, error: Exception) -> str:
    """Say what to do about a database error."""
    if connections[alias].vendor == "sqlite":
        return "Check that its folder can be written and its disk has space, or set DATA_DIR to another folder."
    if was_forbidden(error):
        name, user = connections[alias].settings_dict["NAME"], connections[alias].settings_dict["USER"]
        return (
            f'Have an administrator create the database: CREATE DATABASE "{name}" OWNER "{user}";'
            f' or give it to this user: ALTER DATABASE "{name}" OWNER TO "{user}";'
        )
    if STATEMENT_MODE in str(error):
        return "Set the pooler's pool_mode to transaction: in statement mode it allows no transactions."
    if NO_SUCH_PARAMETER in str(error):
        return (
            f"This is a pooler, which takes no such setting from a connection: take it out of {URL_NAMES[alias]}, and"
            " give it to the role instead: ALTER ROLE … SET …;"
        )
    return f"Check that the server runs there, and that {URL_NAMES[alias]} has the right host, port, user and password."


def was_forbidden(error: BaseException | None) -> bool:
    """Tell whether missing rights are at the root of an error."""
    while error is not None:
        if getattr(error, "sqlstate", None) == INSUFFICIENT_PRIVILEGE:
            return True
        error = error.__cause__ or error.__context__
    return False
