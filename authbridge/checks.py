"""System checks: is the user database where the settings say, and does it look as we expect?"""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Tags, Warning, register
from django.db import DatabaseError, connections


@register(Tags.database)
def check_home_of_users(*, databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """Say it when DATABASE_URL names Better Auth's database and AUTH_DATABASE_URL is missing."""
    if settings.AUTH_DB != "default" or "default" not in (databases or []):
        return []
    try:
        tables = set(connections["default"].introspection.table_names())
    except DatabaseError:
        return []
    if not {"users", "sessions"} <= tables or "datasets" in tables:
        return []
    return [
        Warning(
            "DATABASE_URL names a database that holds Better Auth's tables, and AUTH_DATABASE_URL is not set.",
            hint=(
                "In the Next.js site DATABASE_URL means fltr_auth. Set AUTH_DATABASE_URL to this database and"
                " DATABASE_URL to fltr; leave it so only if one database shall hold everything."
            ),
            id="authbridge.W001",
        )
    ]
