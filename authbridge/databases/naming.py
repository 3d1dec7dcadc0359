"""The two databases by name, and what they refuse in words that say what to do about it."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from django.conf import settings
from django.db import Error, connections

from authbridge.databases import postgresql
from authbridge.shared.errors import DatabaseNotReady, first_line
from authbridge.shared.findings import run_in

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


def quoted(name: str) -> str:
    """Return a name as PostgreSQL takes it, whatever is in it."""
    return '"' + name.replace('"', '""') + '"'


def user_of(alias: str) -> str:
    """Return the user as whom PostgreSQL is asked, also where the URL leaves that open."""
    database = connections[alias].settings_dict
    return str(database["USER"] or database["OPTIONS"].get("user") or default_user())


def default_user() -> str:
    """Return as whom libpq asks where nobody says it: it knows its own variables, and the system's user."""
    defaults = {option.keyword: option.val for option in psycopg.pq.Conninfo.get_defaults()}
    return (defaults[b"user"] or b"").decode()


def advice(alias: str, error: BaseException) -> str:
    """Say what to do about a database error."""
    if connections[alias].vendor == "sqlite":
        return advice_on_file(error)
    if STATEMENT_MODE in str(error):
        return "Set the pooler's pool_mode to transaction: in statement mode it allows no transactions."
    if NO_SUCH_PARAMETER in str(error):
        return (
            f"This is a pooler, which takes no such setting from a connection: take it out of {URL_NAMES[alias]}, and"
            " give it to the role instead: ALTER ROLE … SET …;"
        )
    if postgresql.is_known_absent(connections[alias]):
        return advice_on_absent(alias, is_forbidden=was_forbidden(error))
    if was_forbidden(error):
        return advice_on_rights(alias)
    if any(sqlstates_of(error)):
        return "manage.py doctor says what is not as it should be there."
    return f"Check that the server runs there, and that {URL_NAMES[alias]} has the right host, port, user and password."


def start_over(alias: str) -> str:
    """Say how a table comes to be right that SQLite cannot change."""
    only = f" --database {alias}" if len(aliases()) > 1 else ""
    return f"restore the table from a backup. In development: manage.py reset_databases{only}."


def advice_on_file(error: BaseException) -> str:
    """Say what to do about a file of SQLite."""
    if "not a database" in str(error) or "malformed" in str(error):
        return "The file is damaged, or no database: restore it from a backup, or set DATA_DIR to another folder."
    if "no such" in str(error):
        return "manage.py doctor says what is not as it should be there."
    return "Check that its folder can be written and its disk has space, or set DATA_DIR to another folder."


def advice_on_absent(alias: str, *, is_forbidden: bool) -> str:
    """Say who makes a database; the one with the users is the site's to make, unless there is no site."""
    name, user = quoted(connections[alias].settings_dict["NAME"]), quoted(user_of(alias))
    make = "manage.py init_databases makes it."
    if is_forbidden:
        sql = f"CREATE DATABASE {name} OWNER {user} ENCODING 'UTF8' TEMPLATE template0"
        make = run_in("any database", sql, "an administrator")
    if alias == settings.AUTH_DB:
        return f"Check that {URL_NAMES[alias]} is the site's DATABASE_URL. Where there is no site yet, do this. {make}"
    return make


def advice_on_rights(alias: str) -> str:
    """Say which rights are missed, which whoever has them grants: nobody is to give away what is the site's."""
    schema = postgresql.where_no_table_can_be_made(connections[alias])
    if schema is None:
        return (
            "manage.py doctor says which rights that needs. Tables are changed only by whom they belong to: if they are"
            f" another user's, name that one in {URL_NAMES[alias]}."
        )
    sql = f"GRANT USAGE, CREATE ON SCHEMA {quoted(schema)} TO {quoted(user_of(alias))}"
    return run_in(title(alias), sql, "whoever owns it")


def sqlstates_of(error: BaseException | None) -> Iterator[str]:
    """Yield what the server calls an error and those at its root; nothing if none was a server's."""
    while error is not None:
        if state := getattr(error, "sqlstate", None):
            yield str(state)
        error = error.__cause__ or error.__context__


def was_forbidden(error: BaseException | None) -> bool:
    """Tell whether missing rights are at the root of an error."""
    return INSUFFICIENT_PRIVILEGE in sqlstates_of(error)
