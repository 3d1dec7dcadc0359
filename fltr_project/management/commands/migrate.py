"""`migrate --fake` changes only what is written down as done, so nothing has to be kept from it."""

from contextlib import nullcontext
from typing import Any

from django.core.management.commands import migrate

from authbridge.databases import going_back


class Command(migrate.Command):
    """Django's, which says of --fake that it drops nothing."""

    def handle(self, *args: Any, **options: Any) -> None:
        with going_back.on_paper() if options["fake"] else nullcontext():
            super().handle(*args, **options)
