"""Run everything: `make run` ends here."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from fltr_project.run.failures import SetupFailed
from fltr_project.run.instance import Instance
from fltr_project.run.processes import end_resource_tracker, take_signals


class Command(BaseCommand):
    """Set this instance up, serve it, and heal what dies, until Ctrl-C or SIGTERM."""

    help = "Set up the databases, then run the vector engine, the worker and the web server until stopped."
    # They would load all of the web application into this process, which only looks after others.
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--as-make-run", action="store_true", help="on embedded databases make a developer, and print their token"
        )

    def handle(self, *args: Any, as_make_run: bool, **options: Any) -> None:
        """Run it; a failed step is one sentence and exit code 1."""
        try:
            take_signals()
            Instance(self.write, as_make_run=as_make_run).run()
        except KeyboardInterrupt:
            self.write("Stopped before everything was up; starting again goes on from here.")
        except SetupFailed as error:
            self.stderr.write(str(error))
            sys.exit(1)
        finally:
            end_resource_tracker()

    def write(self, line: str) -> None:
        """Write at once, also into a file or pipe."""
        self.stdout.write(line)
        self.stdout.flush()
