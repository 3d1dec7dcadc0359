"""Nothing serves what a restore has not finished."""

from contextlib import suppress

from django.db import DatabaseError, connections

from authbridge.databases.postgresql import let_go
from datasets.services.records import unfinished_restore
from fltr_project.run.failures import SetupFailed


def refuse_half_a_restore() -> None:
    """Raise SetupFailed while a restore has not ended; a database that does not answer is no reason not to start.

    Leaves no connection open: those who look after others need none.
    """
    connection = connections["default"]
    try:
        with suppress(DatabaseError):
            if unfinished := unfinished_restore():
                raise SetupFailed(unfinished)
    finally:
        let_go(connection)
