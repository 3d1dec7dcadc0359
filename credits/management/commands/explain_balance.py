"""Account for what SQL did to a balance, past the ledger."""

from typing import Any

from django.core.management.base import CommandError, CommandParser

from authbridge.shared.commands import OperatorCommand
from authbridge.shared.errors import DomainError
from credits.models import AccountType
from credits.selectors import find_account
from credits.services import explain_balance

BY = "the command explain_balance"


class Command(OperatorCommand):
    """Moves no credits: it writes the row that was missing, with a reason."""

    help = "Write the ledger row that explains a balance which SQL changed, or a row that SQL inserted."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("account", help="a user's e-mail address or id; with --type the id of a key or a team")
        parser.add_argument("--reason", required=True, help="what happened; it stays in the ledger")
        parser.add_argument("--type", choices=AccountType.values, default=AccountType.USER.value)

    def handle(self, *args: Any, account: str, reason: str, type: str, **options: Any) -> None:
        if not reason.strip():
            raise CommandError("Say in --reason what happened: nobody will know it later.")
        found = find_account(type, account)
        if found is None:
            raise CommandError(f"There is no {type} {account}.")
        try:
            entries = explain_balance(account=found, reason=reason, by=BY)
        except DomainError as error:
            raise CommandError(error.message) from error
        for entry in entries:
            self.stdout.write(
                f"A row of {entry.amount:+} explains how {type} {account} came to {entry.balance_after} credits"
                f" (transaction {entry.id})."
            )
        if entries:
            self.stdout.write("No credits were moved.")
        else:
            self.stdout.write(f"There is nothing to explain: the rows of {type} {account} add up to its balance.")
