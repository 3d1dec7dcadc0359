"""The reset itself. Each step finds the rest of one that was killed, so a second call finishes what a first began."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

from django.conf import settings
from django.db import transaction

from authbridge.databases.naming import explained
from authbridge.databases.setup import Report, ensure_database, make_tables, one_at_a_time
from authbridge.shared.failpoints import reached
from credits.services import AuditAction, note_act
from credits.services import resetting as credits
from datasets.services import holdings
from datasets.services import resetting as datasets
from fltr_project.reset.contents import Contents, present_tables
from fltr_project.reset.dropping import CannotDrop, drop
from fltr_project.reset.wish import HOMES, Wish
from fltr_project.run.claims import process_using, sole_use_of
from fltr_project.run.failures import SetupFailed


def reset(wish: Wish, report: Report) -> None:
    """Drop and make anew. A twin waits, and then does its own; an instance that runs on the data folder forbids it.

    Raises CannotDrop and DatabaseNotReady, and what vector store and storage raise.
    """
    aliases = list(dict.fromkeys(reversed(HOMES.values())))
    for alias in aliases:
        with explained(alias):
            ensure_database(alias, report)
    with explained("default"), one_at_a_time(), nothing_else_running():
        dropped = drop_tables(wish)
        report(f"Dropped {sum(len(contents.going) for contents in dropped)} tables.")
        reached("reset:dropped")
        if wish.takes_datasets():
            holdings.drop_vectors()
            holdings.drop_files()
            report("Dropped vectors and files.")
        site_migrates = any(contents.has_drizzle_journal for contents in dropped) and wish.including_auth_tables
        make_tables(with_auth_tables=settings.WITH_AUTH_TABLES and not site_migrates, report=report)
        note_reset(wish, dropped)


def note_reset(wish: Wish, dropped: Sequence[Contents]) -> None:
    """Note it where the audit trail is: that may have gone itself, and then begins with this."""
    note_act(
        AuditAction.RESET,
        subject=("databases", ", ".join(sorted(wish.homes))),
        before={"tables": sorted(table for contents in dropped for table in contents.going)},
        including_auth_tables=wish.including_auth_tables,
    )


def drop_tables(wish: Wish) -> list[Contents]:
    """Drop the tables of all databases that this is about, or of none."""
    with ExitStack() as stack:
        for alias in wish.aliases:
            stack.enter_context(explained(alias))
            stack.enter_context(transaction.atomic(using=alias))
        dropped = [drop(alias, wish) for alias in wish.aliases]
        if wish.takes_credits():
            credits.after_dropping(present_tables(settings.AUTH_DB))
        if wish.takes_datasets():
            datasets.after_dropping()
    return dropped


@contextmanager
def nothing_else_running() -> Iterator[None]:
    """Have the data folder alone: its databases and vectors cannot be pulled away under a running instance."""
    with ExitStack() as stack:
        try:
            stack.enter_context(sole_use_of(settings.DATA_DIR))
        except SetupFailed as error:
            raise CannotDrop(still_running()) from error
        yield


def still_running() -> str:
    """Say who is in the way."""
    return f"An instance runs in {settings.DATA_DIR} (process {process_using(settings.DATA_DIR)}). Stop it first."
