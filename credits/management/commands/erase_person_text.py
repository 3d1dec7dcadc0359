"""Forget what was written about a person."""

import sys
import uuid
from typing import Any

from django.core.management.base import CommandError, CommandParser

from authbridge.selectors import find_user, has_users
from authbridge.shared.commands import OperatorCommand
from authbridge.shared.ids import parse_uuid
from authbridge.shared.terminal import harmless
from credits.models import AuditAction
from credits.services.audit import note_act
from credits.services.leaving import forget_person, is_known

ERASES = "This erases the text in {name}'s ledger rows (reasons, names, the site's metadata) and the names of their"
ERASES += " API keys, for good: a digest of each text stays. Amounts, dates and balances stay as they are."
STAYS = """\
Not touched: the audit trail, which nobody can change, and staff's history in /admin/; names of teams; ids that the site
chose (resource_id, idempotency_key); kept answers, which go within a day; datasets, which go with their owner
(manage.py delete_orphans); logs and backups."""


class Command(OperatorCommand):
    """Safe to repeat, beside traffic. The worker does the same by night for users whom the site has deleted."""

    help = "Erase the free text that the ledger and API keys keep about a person who leaves or has left."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("user", help="an e-mail address, or the id of a user, who may be gone")
        parser.add_argument("--noinput", "--no-input", action="store_true", help="do not ask")

    def handle(self, *args: Any, user: str, noinput: bool, **options: Any) -> None:
        user_id = find_person(user)
        if user_id is None:
            raise CommandError(
                f"There is nobody with the e-mail address or id {harmless(user)}, neither a user nor in the ledger. Who"
                " has left is found by their id alone."
            )
        if not noinput:
            self.stdout.write(ERASES.format(name=harmless(user)))
            self.confirm(user)
        note_act(AuditAction.ERASE_TEXT, subject=("user", user_id), user_id=user_id)
        forgotten = forget_person(user_id)
        self.stdout.write(f"Erased: the text of {forgotten.rows} ledger rows, the names of {forgotten.keys} API keys.")
        self.stdout.write(STAYS)

    def confirm(self, user: str) -> None:
        """Have it typed whom this is about."""
        if not sys.stdin.isatty():
            raise CommandError(
                "Nothing was erased. Nobody can be asked here: call it in a terminal, or with --noinput."
            )
        try:
            typed = input(f"Type {harmless(user)} to erase it: ").strip()
        except (EOFError, KeyboardInterrupt):
            typed = ""
        if typed != user:
            raise CommandError("Nothing was erased.")


def find_person(user: str) -> uuid.UUID | None:
    """Return the id of a user, or of somebody who was one."""
    found = find_user(user) if has_users() else None
    id = parse_uuid(found.id if found else user)
    return id if id and (found or is_known(id)) else None
