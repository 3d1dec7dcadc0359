"""Make lost vectors again from the kept texts."""

import sys
import time
from typing import Any

from django.core.management.base import CommandError, CommandParser

from authbridge.shared.commands import OperatorCommand
from datasets.errors import DatasetNotFound, VectorStoreError
from datasets.models import Dataset
from datasets.selectors import find_dataset
from datasets.services import rebuilding

LOOK_EVERY_S = 1.0
MOST_LINES = 20
NO_WORKER = "No worker has left word for two minutes. Start one (manage.py runworker, or all of it by make run)."


class Command(OperatorCommand):
    """Queues what a worker then does, behind all uploads; what is killed half way goes on at the next start."""

    help = "Have a worker make missing vectors again from the kept texts. It is free, and safe beside traffic."

    def add_arguments(self, parser: CommandParser) -> None:
        which = parser.add_mutually_exclusive_group()
        which.add_argument("--dataset", metavar="ID", help="only what this dataset lacks, by id or slug")
        which.add_argument("--all", action="store_true", help="every document of every dataset, also what is whole")
        which.add_argument(
            "--give-up-lost",
            action="store_true",
            help="fail documents of which neither text nor file is there, and give back what was paid",
        )
        wait = parser.add_mutually_exclusive_group()
        wait.add_argument("--wait", action="store_true", default=sys.stdout.isatty(), help="until it is done")
        wait.add_argument("--no-wait", dest="wait", action="store_false")

    def handle(self, *args: Any, wait: bool, **options: Any) -> None:
        if options["give_up_lost"]:
            self.stdout.write(f"Failed, and gave back what was paid for: {rebuilding.give_up_lost()} documents.")
            return
        try:
            datasets = Dataset.objects.active()
            if options["dataset"]:
                datasets = datasets.filter(id=find_dataset(options["dataset"]).id)
            queued = rebuilding.enqueue_all(datasets, also_whole=options["all"])
        except DatasetNotFound as error:
            raise CommandError(error.message) from error
        except VectorStoreError as error:
            raise CommandError(f"{error} Nothing can be rebuilt before it answers.") from error
        left, _ = rebuilding.progress()
        self.stdout.write(f"Queued {queued} documents; {left} are to be rebuilt.")
        if left and not rebuilding.is_worker_there():
            self.stdout.write(NO_WORKER)
        if wait:
            self.wait_until_done()
        self.name_lost_ones()

    def wait_until_done(self) -> None:
        """Say how much is left until nothing is."""
        said, documents = "", 1
        while documents:
            documents, seconds = rebuilding.progress()
            now = f"{documents} documents left" + ("." if seconds is None else f", about {seconds} s.")
            if now != said:
                self.stdout.write(now)
                self.stdout.flush()
            said = now
            time.sleep(LOOK_EVERY_S if documents else 0)

    def name_lost_ones(self) -> None:
        """Name the documents that wait for a file that is not there."""
        lost = rebuilding.lost_sources()
        for job in lost[:MOST_LINES]:
            self.stdout.write(f"lost: document {job.document_id} of dataset {job.dataset_id} has neither text nor file")
        if lost:
            self.stdout.write(f"{len(lost)} documents cannot be rebuilt. To mend these, {rebuilding.WAYS_OUT}")
