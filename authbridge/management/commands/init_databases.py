"""Create and migrate both databases."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from authbridge.databases.setup import init_databases
from authbridge.shared.errors import DatabaseNotReady


class Command(BaseCommand):
    """Make both databases ready; a second call changes nothing."""

    help = "Create missing databases, migrate each, and make Better Auth's tables where that is allowed."
    # As for migrate: they import all of the web application, and say nothing about databases.
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--with-auth-tables",
            action="store_true",
            default=settings.WITH_AUTH_TABLES,
            help="Also make Better Auth's tables where absent (on the embedded databases this is done always).",
        )

    def handle(self, *args: Any, with_auth_tables: bool, **options: Any) -> None:
        try:
            init_databases(with_auth_tables=with_auth_tables, report=self.stdout.write)
        except DatabaseNotReady as error:
            raise CommandError(str(error)) from error
