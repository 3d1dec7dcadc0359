"""Reads of the ledger and of keys."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db.models import Case, Count, Q, QuerySet, Sum, When
from django.db.models.functions import TruncDate

from authbridge.fields import as_utc
from authbridge.models import User
from authbridge.selectors import UserRow, as_user_id, fetch_one, parse_uuid, read_user, user_columns
from credits.accounts import Account
from credits.errors import InvalidApiKey, TeamNotFound
from credits.models import ApiKeyCredits, CreditTransaction, Team, TransactionType
from credits.periods import start_of_day, start_of_month

SPENDING = (TransactionType.USAGE, TransactionType.REFUND)


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A live API key as one query found it; `credits` is as of that query, None without a pool of its own."""

    id: str
    team_id: str | None
    credits: int | None
    daily_limit: int | None
    monthly_limit: int | None
    last_used_at: datetime | None
    scopes: frozenset[str] | None


KEY_COLUMNS = ("id", "team_id", "credits", "daily_limit", "monthly_limit", "last_used_at", "scopes")


def hash_key(secret: str) -> str:
    """Return what is kept of a key."""
    return hashlib.sha256(secret.encode()).hexdigest()


def find_user_by_api_key(secret: str) -> tuple[UserRow, KeyRow, datetime | None]:
    """Return a live key's owner, the key, and when it ends, in one query."""
    key_columns = ", ".join(f"k.{name}" for name in KEY_COLUMNS)
    row = fetch_one(
        f"SELECT k.revoked_at, k.expires_at, {key_columns}, {user_columns('u')} FROM api_key_credits k"
        f" JOIN users u ON u.id = {as_user_id('k.user_id')} WHERE k.api_key = %s",
        [hash_key(secret)],
    )
    if row is None or row[0] is not None:
        raise InvalidApiKey
    expires_at = as_utc(row[1])
    if expires_at is not None and expires_at <= datetime.now(UTC):
        raise InvalidApiKey
    values: dict[str, Any] = dict(zip(KEY_COLUMNS, row[2:], strict=False))
    values |= {"id": str(values["id"]), "last_used_at": as_utc(values["last_used_at"])}
    # Raw SQL gives a JSON column as text, on both databases.
    scopes = json.loads(values["scopes"] or "null")
    values["scopes"] = None if scopes is None else frozenset(scopes)
    return read_user(row[2 + len(KEY_COLUMNS) :]), KeyRow(**values), expires_at


def entries_of(
    account: Account,
    *,
    type: str | None = None,
    operation: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> QuerySet[CreditTransaction]:
    """Return an account's rows from `since` to before `until`, newest first."""
    narrowed = {"type": type, "operation": operation, "created_at__gte": since, "created_at__lt": until}
    rows = CreditTransaction.objects.filter(account_type=account.type, account_id=account.id)
    rows = rows.filter(**{field: value for field, value in narrowed.items() if value is not None})
    return rows.order_by("-created_at", "-id")


def spent_with_key(key_id: str, *, since: datetime) -> int:
    """Return what a key has spent since then, net of refunds, whoever paid."""
    rows = CreditTransaction.objects.filter(api_key_id=key_id, type__in=SPENDING, created_at__gte=since)
    return -(rows.aggregate(sum=Sum("amount"))["sum"] or 0)


def find_entry(account: Account, idempotency_key: str) -> CreditTransaction | None:
    """Return the account's row under an idempotency key."""
    return entries_of(account).filter(idempotency_key=idempotency_key).first()


def find_team(team_id: str) -> Team | None:
    """Return a team that is there, whoever asks."""
    return Team.objects.filter(id=team_id, deleted_at=None).first()


def is_on_team(team: Team, user: UserRow) -> bool:
    """Tell whether somebody owns a team or is a member; membership is `users.team_id`."""
    return user.id == team.owner_id or user.team_id == team.id


def find_team_of(user_id: str, team_id: Any) -> Team:
    """Return a team that somebody is on; anybody else's is not found."""
    id = parse_uuid(team_id)
    team = find_team(id) if id else None
    if team is None:
        raise TeamNotFound
    if user_id != team.owner_id and not User.objects.filter(id=user_id, team_id=team.id).exists():
        raise TeamNotFound
    return team


def teams_of(user: UserRow) -> QuerySet[Team]:
    """Return the teams that somebody owns or is on, by name."""
    theirs = Q(owner_id=user.id) | Q(id=parse_uuid(user.team_id))
    return Team.objects.filter(theirs, deleted_at=None).order_by("name", "id")


def members_of(teams: Sequence[Team]) -> dict[str, list[User]]:
    """Return who is on each team, by its id and then by name."""
    owners = {team.owner_id for team in teams}
    people = User.objects.filter(Q(team_id__in=[team.id for team in teams]) | Q(id__in=owners)).order_by("name", "id")
    return {
        team.id: [person for person in people if person.team_id == team.id or person.id == team.owner_id]
        for team in teams
    }


def keys_of(user_id: str) -> QuerySet[ApiKeyCredits]:
    """Return a person's keys, newest first, revoked ones too."""
    return ApiKeyCredits.objects.filter(user_id=user_id).order_by("-created_at", "id")


def key_balance(key: KeyRow) -> dict[str, int | None]:
    """Return a key's pool and limits, and what it used of them in this UTC day and month."""
    return {
        "credits": key.credits,
        "daily_limit": key.daily_limit,
        "daily_used": spent_with_key(key.id, since=start_of_day()),
        "monthly_limit": key.monthly_limit,
        "monthly_used": spent_with_key(key.id, since=start_of_month()),
    }


def usage_summary(account: Account, *, days: int) -> dict[str, Any]:
    """Return what was spent net of refunds, in all, by operation and by UTC day, today included."""
    since = start_of_day() - timedelta(days=days - 1)
    rows = entries_of(account).filter(type__in=SPENDING, created_at__gte=since).order_by()
    by_operation = rows.values("operation").annotate(
        spent=-Sum("amount"), charges=Count(Case(When(type=TransactionType.USAGE, then=1)))
    )
    by_day = rows.annotate(day=TruncDate("created_at")).values("day").annotate(spent=-Sum("amount"))
    operations = [
        {"operation": row["operation"], "credits": row["spent"], "count": row["charges"]} for row in by_operation
    ]
    return {
        "days": days,
        "total": sum(row["credits"] for row in operations),
        "by_operation": sorted(operations, key=lambda row: (-row["credits"], row["operation"] or "")),
        "by_day": [{"date": as_date(row["day"]), "credits": row["spent"]} for row in by_day.order_by("day")],
    }


def as_date(value: date | datetime) -> str:
    """Write a day as the contract does."""
    return value.strftime("%Y-%m-%d")
