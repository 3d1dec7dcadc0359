"""Development: a session token for a user."""

from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser

from authbridge.errors import UserNotFound
from authbridge.services.development import EMAIL, issue_session
from authbridge.shared.commands import OperatorCommand


class Command(OperatorCommand):
    """Print a fresh bearer token."""

    help = "Issue a session for a user and print its token (development only)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", nargs="?", default=EMAIL)

    def handle(self, *args: Any, email: str, **options: Any) -> None:
        if not settings.DEBUG:
            raise CommandError("issue_session works with DEBUG=1 only: sessions belong to the Next.js site.")
        try:
            self.stdout.write(issue_session(email=email).token)
        except UserNotFound as error:
            raise CommandError(error.message) from error
