"""Django's dumpdata without what opens doors."""

from contextlib import AbstractContextManager, nullcontext
from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser
from django.core.management.commands import dumpdata
from django.db import connections, transaction

SECRET = ("authbridge.session", "authbridge.verification")
LEFT_OUT = (
    "Left out: sessions and verifications, whose tokens are live (--including-sessions keeps them). Passwords and OAuth"
    " tokens are the site's, and in no dump of this command: for a backup there is manage.py backup."
)


class Command(dumpdata.Command):
    """Leaves sessions out unless they are asked for: whoever reads the file could be anybody who is signed in."""

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--including-sessions", action="store_true", help="dump live tokens, too")

    def handle(self, *app_labels: Any, **options: Any) -> None:
        including = options.pop("including_sessions")
        asked = {label.lower() for label in app_labels}
        secret = [] if including else [model for model in SECRET if model not in asked]
        options["exclude"] = [*options["exclude"], *secret]
        if secret and options["database"] == settings.AUTH_DB:
            self.stderr.write(LEFT_OUT)
        with reading(options["database"]):
            super().handle(*app_labels, **options)


def reading(alias: str) -> AbstractContextManager[None]:
    """Have PostgreSQL hand out tables of any size bit by bit; SQLite does, and would keep others from writing."""
    return transaction.atomic(using=alias) if connections[alias].vendor == "postgresql" else nullcontext()
