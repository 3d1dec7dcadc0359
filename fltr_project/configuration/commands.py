"""What every command of manage.py has in common: which database is meant, and what one that refuses is told by."""

import multiprocessing
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from fltr_project.configuration.databases import HOME_OF_USERS

OPTION = "--database"
# It resets homes, of which one database can be two.
KNOWS_HOMES = "reset_databases"
# Of the commands, these answer many at once, each with a connection of its own.
SERVING = ("runserver", "runworker")


def with_alias_of_home(arguments: Sequence[str]) -> list[str]:
    """Return a command line on which `auth` is the alias of the database of users, one of its own or not."""
    named = list(arguments)
    if KNOWS_HOMES in named[1:2] or not any(HOME_OF_USERS in argument for argument in named):
        return named
    from django.conf import settings

    for index, argument in enumerate(named):
        if argument == f"{OPTION}={HOME_OF_USERS}":
            named[index] = f"{OPTION}={settings.AUTH_DB}"
        elif argument == HOME_OF_USERS and named[index - 1] == OPTION:
            named[index] = settings.AUTH_DB
    return named


def needs_pool(arguments: Sequence[str]) -> bool:
    """Tell whether this process is one that serves: a command has use for one connection, and no patience."""
    if multiprocessing.parent_process() is not None:
        # A web server that `serve` has spawned, under the arguments of `serve`.
        return True
    program = Path(arguments[0] if arguments else "")
    if program.name == "manage.py":
        return any(name in arguments[1:2] for name in SERVING)
    return program.parts[-2:] != ("fltr_project", "__main__.py")


@contextmanager
def databases_explained() -> Iterator[None]:
    """End the process with a sentence where a database is not there or not fit; --traceback wants all of it."""
    from django.db import DatabaseError

    from authbridge.shared.errors import DatabaseNotReady

    try:
        yield
    except (DatabaseNotReady, DatabaseError) as error:
        sentence = str(error) if isinstance(error, DatabaseNotReady) else who_does_not_answer()
        if not sentence or "--traceback" in sys.argv:
            raise
        raise SystemExit(sentence) from None


def who_does_not_answer() -> str | None:
    """Return the first database that does not answer, why and what to do; None if all do."""
    from django.db import connections

    from authbridge.databases.naming import aliases, explained
    from authbridge.shared.errors import DatabaseNotReady

    for alias in aliases():
        connections[alias].close()
        try:
            with explained(alias):
                connections[alias].ensure_connection()
        except DatabaseNotReady as error:
            return str(error)
    return None
