"""Development: begin anew."""

import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connections

from authbridge.shared.errors import DatabaseNotReady
from datasets.errors import VectorStoreError
from fltr_project.reset.doing import reset, still_running
from fltr_project.reset.dropping import CannotDrop
from fltr_project.reset.guards import reasons_against
from fltr_project.reset.inventory import consequences, lines, take_inventory
from fltr_project.reset.wish import HOMES, Wish
from fltr_project.run.claims import process_using

HALF_DONE = "What is gone is gone; run this again to finish."


class Command(BaseCommand):
    """Says first what it would drop, and drops nothing that is not FLTR's."""

    help = "Drop FLTR's tables, vectors and files and make them anew (development only)."
    # They complain of what this is called to mend.
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--database", action="append", choices=list(HOMES), help="one of the two homes only; may be repeated"
        )
        parser.add_argument(
            "--including-auth-tables", action="store_true", help="drop Better Auth's tables too, with all people"
        )
        parser.add_argument("--noinput", "--no-input", action="store_true", help="do not ask")
        parser.add_argument("--dry-run", action="store_true", help="only say what would be dropped")

    def handle(
        self,
        *args: Any,
        database: list[str] | None,
        including_auth_tables: bool,
        noinput: bool,
        dry_run: bool,
        **options: Any,
    ) -> None:
        """Look, say, ask, and do."""
        wish = Wish(frozenset(database or HOMES), including_auth_tables)
        if including_auth_tables and settings.AUTH_DB not in wish.aliases:
            raise CommandError("--including-auth-tables is about the user database: leave --database out.")
        against = self.look(wish)
        if not noinput or dry_run:
            # Without a question, the lock that is taken later decides: a twin there is waited for.
            against += [still_running()] if process_using(settings.DATA_DIR) else []
        if dry_run:
            self.write("Nothing was dropped.", *(f"It would be refused: {reason}" for reason in against))
            return
        if against:
            raise CommandError("\n".join(["Nothing was dropped.", *against]))
        if not noinput:
            self.confirm(wish)
        try:
            reset(wish, self.stdout.write)
        except (CannotDrop, DatabaseNotReady) as error:
            raise CommandError(str(error)) from error
        except (VectorStoreError, OSError) as error:
            raise CommandError(f"{error} {HALF_DONE}") from error

    def look(self, wish: Wish) -> list[str]:
        """Write what is there, and return what stands against dropping it."""
        found = take_inventory(wish)
        self.write("This would be dropped:", *lines(found), *consequences(wish, found))
        return [*reasons_against(wish), *found.problems]

    def confirm(self, wish: Wish) -> None:
        """Have each database's name typed."""
        if not sys.stdin.isatty():
            raise CommandError(
                "Nothing was dropped. Nobody can be asked here: call it in a terminal, or with --noinput."
            )
        for alias in wish.aliases:
            name = Path(connections[alias].settings_dict["NAME"]).name
            if self.ask(f"Type {name} to drop this: ") != name:
                raise CommandError("Nothing was dropped.")

    def ask(self, question: str) -> str:
        """Return what somebody types; nothing at the end of their input or at Ctrl-C."""
        try:
            return input(question).strip()
        except (EOFError, KeyboardInterrupt):
            return ""

    def write(self, *text: str) -> None:
        self.stdout.write("\n".join(text))
