"""Delete what belonged to users who are gone."""

from typing import Any

from django.core.management.base import CommandError, CommandParser

from authbridge.selectors import has_users
from authbridge.shared.commands import OperatorCommand
from datasets.services.orphans import NOBODY_LEFT, delete_orphans_by_hand, find_orphans


class Command(OperatorCommand):
    """Safe to repeat; a worker then purges vectors and files."""

    help = "Delete the datasets of users who are not in the user database any more."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="list them, and delete nothing")
        parser.add_argument("--even-all", action="store_true", help="delete them also if no dataset would be left")

    def handle(self, *args: Any, dry_run: bool, even_all: bool, **options: Any) -> None:
        if not has_users():
            raise CommandError("There is no table `users`, so nobody's datasets can be told from an orphan's.")
        found, nobody_left = find_orphans()
        for dataset in found:
            self.stdout.write(f"{dataset.id} of {dataset.owner_id}, {dataset.document_count} documents")
        if nobody_left and not (dry_run or even_all):
            raise CommandError(NOBODY_LEFT)
        if not dry_run:
            delete_orphans_by_hand(found)
        self.stdout.write(f"{'To delete' if dry_run else 'Deleted'}: {len(found)} datasets.")
