"""What commands for operators share."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from authbridge.shared.errors import first_line


class OperatorCommand(BaseCommand):
    """A command on both databases; what they refuse ends it with a sentence.

    Why they do so, the doctor can say better than any command.
    """

    def execute(self, *args: Any, **options: Any) -> str | None:
        try:
            return super().execute(*args, **options)
        except DatabaseError as error:
            raise CommandError(f"A database refused: {first_line(error)}. Ask manage.py doctor what to do.") from error
