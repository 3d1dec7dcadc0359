"""Give somebody credits by hand."""

from typing import Any

from django.core.management.base import CommandError, CommandParser

from authbridge.selectors import find_user_by_email
from authbridge.shared.commands import OperatorCommand
from authbridge.shared.errors import DomainError
from credits.models import TransactionType
from credits.serializers.fields import LARGEST_AMOUNT
from credits.services import grant_by_staff

BY = "the command grant_credits"


class Command(OperatorCommand):
    """Through the ledger, with a reason; --idempotency-key makes it safe to repeat."""

    help = "Give a user credits, with a reason that stays in the ledger."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument("amount", type=int)
        parser.add_argument("--reason", required=True)
        parser.add_argument("--type", choices=[TransactionType.BONUS, TransactionType.PURCHASE], default="bonus")
        parser.add_argument("--idempotency-key", help="the same key gives nothing more")

    def handle(
        self, *args: Any, email: str, amount: int, reason: str, type: str, idempotency_key: str | None, **options: Any
    ) -> None:
        if not 1 <= amount <= LARGEST_AMOUNT:
            raise CommandError(f"The amount must be from 1 to {LARGEST_AMOUNT:,}.")
        user = find_user_by_email(email)
        if user is None:
            raise CommandError(f"There is no user with the e-mail address {email}.")
        try:
            entry = grant_by_staff(
                user_id=user.id, amount=amount, reason=reason, by=BY, type=type, idempotency_key=idempotency_key
            )
        except DomainError as error:
            raise CommandError(error.message) from error
        user.refresh_from_db()
        self.stdout.write(f"{email} was given {entry.amount} credits and has {user.credits} (transaction {entry.id}).")
