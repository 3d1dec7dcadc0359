"""Keep everything as it is now, while it serves."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.template.defaultfilters import filesizeformat

from authbridge.shared.commands import OperatorCommand
from authbridge.shared.errors import DatabaseNotReady
from fltr_project.backup.errors import Refused
from fltr_project.backup.making import make_backup

THE_SITES = "People, sessions and passwords are the site's and not in it; --with-site takes them along."
OPENS_DOORS = "It holds live sessions and all else of the site's: keep it as safe as fltr_auth itself."
VECTORS = "Vectors are not in it: after a restore they are made again from the files, by manage.py rebuild_vectors."


class Command(OperatorCommand):
    """Copies both databases and all files as of one moment; only writers of the ledger wait, for a moment."""

    help = "Write both databases and all files, as of one moment, into a new folder, while others go on."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path, help="a folder that is not there yet")
        parser.add_argument("--with-site", action="store_true", help="take along all of the site's tables in fltr_auth")
        parser.add_argument(
            "--without-lost-files", action="store_true", help="leave out files that the storage has lost"
        )

    def handle(self, *args: Any, folder: Path, with_site: bool, without_lost_files: bool, **options: Any) -> None:
        try:
            made = make_backup(folder, with_site=with_site, without_lost_files=without_lost_files)
        except (Refused, DatabaseNotReady) as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(f"{error.strerror or error}: {error.filename or folder}. No backup was made.") from error
        manifest = made.manifest
        self.stdout.write(
            f"{made.folder}: {manifest.rows:,} rows of {len(manifest.tables)} tables, and {manifest.files:,} files"
            f" ({filesizeformat(manifest.bytes)}), as of {manifest.taken_at[:19]} UTC."
        )
        self.stdout.write(f"Credits could not be moved for {made.held_s * 1000:.0f} ms meanwhile.")
        self.stdout.write(OPENS_DOORS if with_site else THE_SITES)
        self.stdout.write(VECTORS)
