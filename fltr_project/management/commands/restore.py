"""Put a backup back, while nothing serves."""

import sys
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import CommandError, CommandParser

from authbridge.shared.commands import OperatorCommand
from authbridge.shared.errors import DatabaseNotReady
from authbridge.shared.findings import some
from credits.services import verify
from fltr_project.backup.errors import Refused
from fltr_project.backup.restoring import Restored, Source, look_at, restore
from fltr_project.reset.dropping import CannotDrop

ANSWER = "restore"
NEXT = (
    "Start FLTR: its worker makes the vectors that are missing (manage.py rebuild_vectors shows how far it is, and"
    " verify_index proves it), and finishes or undoes what was under way at that moment."
)


class Command(OperatorCommand):
    """Reads all of a backup, then replaces by it what is in the databases and the storage, and proves the money."""

    help = "Replace what is in both databases and the storage by a backup, while nothing serves."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path, help="what manage.py backup has written")
        parser.add_argument("--with-site", action="store_true", help="fill the site's tables too, which must be empty")
        parser.add_argument("--noinput", "--no-input", action="store_true", help="do not ask")

    def handle(self, *args: Any, folder: Path, with_site: bool, noinput: bool, **options: Any) -> None:
        """Look, ask, do, and prove."""
        try:
            source = look_at(folder, with_site=with_site)
            if not noinput:
                self.confirm(source)
            restored = restore(source, self.stdout.write)
        except (Refused, CannotDrop, DatabaseNotReady) as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(f"{error.strerror or error}: {error.filename or folder}. Run it again.") from error
        self.tell(restored)
        if not self.prove():
            raise SystemExit(1)

    def confirm(self, source: Source) -> None:
        """Have it typed that all of this is to go."""
        self.stdout.write(f"What is here now is replaced by what was at {source.manifest.taken_at[:19]} UTC.")
        if not sys.stdin.isatty():
            raise CommandError(
                "Nothing was changed. Nobody can be asked here: call it in a terminal, or with --noinput."
            )
        if input(f"Type {ANSWER} to do that: ").strip() != ANSWER:
            raise CommandError("Nothing was changed.")

    def tell(self, restored: Restored) -> None:
        """Say what was put back, and what became of what has come since."""
        manifest, money = restored.manifest, restored.money
        self.stdout.write(
            f"Everything is as it was at {manifest.taken_at[:19]} UTC: {manifest.rows:,} rows,"
            f" {manifest.files:,} files, the balances of {money.balances:,} people."
        )
        if money.gone:
            self.stdout.write(
                f"{len(money.gone)} people of then are not here now, and were left out: {some(money.gone)}."
            )
        if money.newcomers:
            self.stdout.write(
                f"{money.newcomers} people who came since keep the credits they came with, and no others: the ledger"
                " does not know them any more."
            )
        if money.purchases:
            self.stdout.write(
                f"{money.purchases} purchases since then, of {money.purchased:,} credits, are not in the ledger any"
                " more: give them again, by the site's own records."
            )
        if restored.unknown_files:
            self.stdout.write(f"Removed {restored.unknown_files} files of documents that came since.")

    def prove(self) -> bool:
        """Prove the ledger, and that it agrees with what is there; tell whether both hold."""
        found = verify(everything=True)
        for problem in found.problems:
            self.stderr.write(problem.message)
        is_crossing_right = self.passes("verify_crossing")
        if not found.problems:
            self.stdout.write(f"The money rules hold: {found.accounts:,} accounts, {found.rows:,} rows.")
        self.stdout.write(NEXT)
        return not found.problems and is_crossing_right

    def passes(self, name: str) -> bool:
        """Run a command that exits with another code than 0 where something is wrong."""
        try:
            call_command(name, stdout=self.stdout, stderr=self.stderr)
        except SystemExit as end:
            return not end.code
        except CommandError as error:
            self.stderr.write(str(error))
            return False
        return True
