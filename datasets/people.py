"""All that is known of one person, from both databases, as plain data: no token, no key, no password."""

import uuid
from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet

from authbridge.selectors import ban_of, sessions_of
from authbridge.shared.callers import Person
from credits.selectors import entries_by, find_team, keys_of, sum_of_entries
from datasets.models import Dataset

ROWS_SHOWN = 10
TRANSACTION_COLUMNS = (
    "created_at", "type", "operation", "amount", "balance_after", "account_type", "account_id", "resource_id", "id",
)  # fmt: skip
KEY_COLUMNS = ("prefix", "name", "credits", "daily_limit", "monthly_limit", "expires_at", "revoked_at", "last_used_at")
DATASET_COLUMNS = ("id", "slug", "status", "visibility", "document_count", "created_at")


def describe_person(user: Person) -> dict[str, Any]:
    """Return a person with their newest transactions, keys, sessions and datasets, by a fixed number of queries."""
    # An id of the site's that is no UUID owns nothing, and could not be asked for.
    is_owner = isinstance(user.id, uuid.UUID)
    datasets = Dataset.objects.active().owned_by(user.id) if is_owner else Dataset.objects.none()
    return {
        "user": describe_user(user),
        "credits": describe_credits(user),
        "transactions": newest(entries_by(user.id), TRANSACTION_COLUMNS),
        "api_keys": newest(keys_of(user.id), KEY_COLUMNS),
        "sessions": newest(sessions_of(user.id)),
        "datasets": newest(datasets.order_by("-created_at", "id"), DATASET_COLUMNS),
    }


def describe_user(user: Person) -> dict[str, Any]:
    """Return who it is, whether they may come in, and whose credits they may spend besides their own."""
    is_banned, ban_ends_at = ban_of(user.id)
    team = find_team(user.team_id) if user.team_id else None
    return {
        "id": user.id,
        "name": user.name,
        "email": user.email,
        "email_verified": user.email_verified,
        "created_at": user.created_at,
        "banned": is_banned,
        "ban_ends_at": ban_ends_at if is_banned else None,
        "team_id": user.team_id,
        "team": team and {"id": team.id, "name": team.name, "credits": team.credits},
    }


def describe_credits(user: Person) -> dict[str, Any]:
    """Return a person's own balance, and whether their rows of the ledger add up to it."""
    sum_of_rows, rows = sum_of_entries(user.id)
    return {
        "balance": user.credits,
        "total_purchased": user.total_credits_purchased,
        "ledger_rows": rows,
        "ledger_sum": sum_of_rows,
        # Credits from before the first row will be explained by it.
        "explained": sum_of_rows == user.credits or (rows == 0 and user.credits > 0),
    }


def newest(rows: QuerySet[Any, Any], columns: Sequence[str] = ()) -> dict[str, Any]:
    """Return how many rows there are, and the first of them."""
    return {"total": rows.count(), "newest": list((rows.values(*columns) if columns else rows)[:ROWS_SHOWN])}
