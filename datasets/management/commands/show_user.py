"""Who is this? Both databases on one page."""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.core.serializers.json import DjangoJSONEncoder

from authbridge.selectors import find_user
from authbridge.shared.commands import OperatorCommand
from authbridge.shared.terminal import harmless, table
from datasets.people import describe_person

# By section: its columns and how wide each may be, so that a line fits in 120 columns.
COLUMNS = {
    "transactions": {
        "created_at": 16,
        "type": 8,
        "operation": 20,
        "amount": 11,
        "balance_after": 10,
        "account_type": 7,
        "resource_id": 36,
    },
    "api_keys": {"prefix": 16, "name": 24, "credits": 10, "expires_at": 16, "last_used_at": 16, "revoked_at": 16},
    "sessions": {"created_at": 16, "expires_at": 16, "ip_address": 39, "user_agent": 35},
    "datasets": {"id": 36, "slug": 40, "status": 10, "visibility": 10, "document_count": 9},
}
TITLES = {
    "transactions": "Transactions",
    "api_keys": "API keys",
    "sessions": "Sessions",
    "datasets": "Datasets",
    "created_at": "created",
    "balance_after": "balance",
    "account_type": "account",
    "resource_id": "resource",
    "expires_at": "expires",
    "last_used_at": "last used",
    "revoked_at": "revoked",
    "ip_address": "address",
    "user_agent": "browser",
    "document_count": "documents",
}
WIDEST = 120
LABEL_WIDTH = 10


class Command(OperatorCommand):
    """Changes nothing; shows no token, no key and no password."""

    help = "Show a user with credits, last transactions, API keys, sessions and datasets. Times are UTC."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("user", help="an e-mail address in any case, or a user's id")
        parser.add_argument("--json", action="store_true", help="print one JSON object instead of a page")

    def handle(self, *args: Any, user: str, **options: Any) -> None:
        found = find_user(user)
        if found is None:
            raise CommandError(f"There is no user with the e-mail address or id {harmless(user)}.")
        person = describe_person(found)
        if options["json"]:
            self.stdout.write(json.dumps(person, cls=DjangoJSONEncoder, indent=2))
        else:
            self.stdout.write("\n".join(page(person)))


def page(person: dict[str, Any]) -> Iterator[str]:
    """Yield the lines of the page."""
    yield from table(list(facts(person["user"], person["credits"])), widths=[LABEL_WIDTH, WIDEST - LABEL_WIDTH - 2])
    for section, columns in COLUMNS.items():
        yield from ["", heading(section, **person[section])]
        if rows := person[section]["newest"]:
            titles = [TITLES.get(column, column) for column in columns]
            cells = [[plain(row[column]) for column in columns] for row in rows]
            yield from table([titles, *cells], widths=list(columns.values()))


def facts(user: dict[str, Any], credits: dict[str, Any]) -> Iterator[Sequence[object]]:
    """Yield what there is one of, with its label."""
    yield "user", user["id"]
    yield "name", user["name"]
    yield "e-mail", f"{user['email']} ({'verified' if user['email_verified'] else 'not verified'})"
    yield "created", plain(user["created_at"])
    yield "banned", banned(user)
    yield "team", team(user)
    yield "credits", f"{credits['balance']}, and bought {credits['total_purchased']} in all"
    yield "ledger", ledger(credits)


def banned(user: dict[str, Any]) -> str:
    """Say whether somebody is kept out."""
    until = f", until {plain(user['ban_ends_at'])}" if user["ban_ends_at"] else ""
    return f"yes{until}" if user["banned"] else "no"


def team(user: dict[str, Any]) -> str | None:
    """Name the team with what it has."""
    if user["team"] is None:
        return user["team_id"] and f"{user['team_id']}, which is not there"
    return f"{user['team']['name']} ({user['team']['id']}), {user['team']['credits']} credits"


def ledger(credits: dict[str, Any]) -> str:
    """Say whether the ledger explains the balance."""
    if not credits["explained"]:
        difference = credits["balance"] - credits["ledger_sum"]
        which = f"{abs(difference)} too {'many' if difference > 0 else 'few'}"
        return f"DISAGREES: {credits['ledger_rows']} rows add up to {credits['ledger_sum']}, so the balance is {which}"
    if credits["balance"] and not credits["ledger_rows"]:
        return "has no row yet; the first will explain these credits"
    return f"explains the balance by {credits['ledger_rows']} rows"


def heading(section: str, *, total: int, newest: list[Any]) -> str:
    """Name a section, with how many there are and how many of them are shown."""
    return f"{TITLES[section]}: " + (f"{total}, the newest {len(newest)}" if total > len(newest) else str(total))


def plain(value: Any) -> Any:
    """Write times as short as they are clear."""
    return value.strftime("%Y-%m-%d %H:%M") if isinstance(value, datetime) else value
