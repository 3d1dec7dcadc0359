"""Is in the vector store what the database says, and nothing else?"""

from typing import Any

from django.core.management.base import CommandError, CommandParser

from authbridge.shared.commands import OperatorCommand
from datasets.errors import DatasetNotFound, VectorStoreError
from datasets.models import Dataset
from datasets.selectors import find_dataset
from datasets.services.index_check import find_missing, find_orphans, remove_orphans, repair_missing

MOST_LINES = 20


class Command(OperatorCommand):
    """Safe beside traffic; without --repair it changes nothing."""

    help = "Compare the documents with the vector store, both ways; exit with 1 if anything is missing or left over."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dataset", metavar="ID", help="look at this dataset alone, by id or slug")
        parser.add_argument(
            "--repair", action="store_true", help="have a worker rebuild what is missing, and delete the rest"
        )

    def handle(self, *args: Any, dataset: str | None, repair: bool, **options: Any) -> None:
        try:
            only = find_dataset(dataset) if dataset else None
            wrong = self.check_missing(only, repair) + self.check_orphans(only, repair)
        except DatasetNotFound as error:
            raise CommandError(error.message) from error
        except VectorStoreError as error:
            raise CommandError(f"{error} Nothing can be compared before it answers.") from error
        if wrong:
            raise SystemExit(1)

    def check_missing(self, only: Dataset | None, repair: bool) -> bool:
        """Tell what is missing; return whether anything is."""
        rows = Dataset.objects.active()
        documents = chunks = queued = 0
        for dataset, lacks in find_missing(rows.filter(id=only.id) if only else rows):
            for lack in lacks[: max(0, MOST_LINES - documents)]:
                self.stdout.write(
                    f"missing: {lack.missing} of {lack.document.chunks} chunks of document {lack.document.id},"
                    f" version {lack.document.version}, dataset {dataset.id}"
                )
            documents, chunks = documents + len(lacks), chunks + sum(lack.missing for lack in lacks)
            queued += repair_missing(dataset, lacks) if repair else 0
        self.stdout.write(f"Missing: {chunks} chunks of {documents} documents.")
        if repair and documents:
            self.stdout.write(f"Queued {queued} rebuilds, which a worker does; then run this again.")
        return documents > 0

    def check_orphans(self, only: Dataset | None, repair: bool) -> bool:
        """Tell what is left over; return whether anything stays."""
        orphans = find_orphans(only.id if only else None)
        for orphan in orphans[:MOST_LINES]:
            self.stdout.write(
                f"left over: {orphan.chunks} chunks of document {orphan.of.document_id},"
                f" version {orphan.of.version}, dataset {orphan.of.dataset_id}"
            )
        chunks = sum(orphan.chunks for orphan in orphans)
        self.stdout.write(f"Left over: {chunks} chunks of {len(orphans)} versions of documents.")
        if repair and orphans:
            self.stdout.write(f"Deleted {remove_orphans(orphans)} chunks.")
        return bool(orphans) and not repair
