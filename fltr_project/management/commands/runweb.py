"""The web server alone, for containers and service managers; `serve` runs it beside the other parts."""

import signal
import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from authbridge.shared.metrics import count_together
from fltr_project.run.claims import require_free_port, resolve
from fltr_project.run.failures import SetupFailed, explain
from fltr_project.run.halves import refuse_half_a_restore
from fltr_project.run.processes import adopt_children, end_resource_tracker
from fltr_project.run.server import WebServer


class Command(BaseCommand):
    """Serve HTTP by WEB_WORKERS processes on LISTEN_HOST and PORT, until told to stop."""

    help = "Serve the API and its pages on PORT, by WEB_WORKERS processes, until stopped (SIGTERM or Ctrl-C)."
    # They would load all of the web application into this process, which only looks after others.
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default=settings.LISTEN_HOST, help="the address to listen on")

    def handle(self, *args: Any, host: str, **options: Any) -> None:
        """Serve; what prevents it is one sentence and exit code 1."""
        signal.signal(signal.SIGINT, lambda *_: signal.raise_signal(signal.SIGTERM))
        try:
            address = resolve(host)
            require_free_port(address, settings.PORT)
            refuse_half_a_restore()
            adopt_children()
            count_together(settings.DATA_DIR)
            WebServer(address, on_stop=lambda: None).serve(lambda: False)
        except (SetupFailed, OSError) as error:
            self.stderr.write(explain(error) or str(error))
            sys.exit(1)
        finally:
            end_resource_tracker()
