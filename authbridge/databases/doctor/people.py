"""Are the people there such as this service can serve: ids that are UUIDs, sessions that can be seen?"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from django.conf import settings
from django.db import connections

from authbridge.databases.doctor.catalog import Table
from authbridge.models import Session, User
from authbridge.shared.findings import Finding, green, red, yellow

# As this service writes them: others would not be found again by their text.
UUID = "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
MATCHES = {"postgresql": "id ~ %s", "sqlite": "id REGEXP %s"}


def examine_people(tables: Mapping[str, Table]) -> Iterator[Finding]:
    """Look at users and sessions, where there are such tables."""
    users, sessions = (model._meta.db_table for model in (User, Session))
    if "id" in tables.get(users, {}):
        yield examine_ids(tables[users])
    if "id" in tables.get(users, {}) and "expires_at" in tables.get(sessions, {}):
        yield examine_sessions()


def examine_ids(users: Table) -> Finding:
    """Look for ids that are no UUIDs: Better Auth's default ids are none, and nobody can own anything under them."""
    if users["id"].type == "uuid" and connections[settings.AUTH_DB].vendor == "postgresql":
        return green("ids", "The ids of users are UUIDs, by their column's type.")
    total, wrong, example = count_wrong_ids()
    if not wrong:
        return green("ids", f"The ids of all {total} users are UUIDs, in a column of text.")
    return red(
        "ids",
        f'{wrong} of {total} users have ids that are not lower-case UUIDs, like "{example}": their calls are refused.',
        'Set advanced.database.generateId to "uuid" in the site\'s Better Auth, and have these people sign up anew, or'
        " the site give them UUIDs by a migration of its own.",
    )


def count_wrong_ids() -> tuple[int, int, str]:
    """Return how many users there are, how many have no UUID, and one of these ids."""
    connection = connections[settings.AUTH_DB]
    is_uuid = MATCHES[connection.vendor]
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT COUNT(*), SUM(CASE WHEN {is_uuid} THEN 0 ELSE 1 END),"
            f" MIN(CASE WHEN {is_uuid} THEN NULL ELSE id END) FROM users",
            [UUID, UUID],
        )
        total, wrong, example = cursor.fetchone()
    return total, wrong or 0, example or ""


def examine_sessions() -> Finding:
    """Look whether anybody's session can be seen."""
    users, live = User.objects.count(), Session.objects.filter(expires_at__gt=datetime.now(UTC)).count()
    if users and not Session.objects.exists():
        return yellow(
            "sessions",
            f"There are {users} users, and the table sessions has never a row.",
            "If people are signed in, the site keeps its sessions in Redis (secondaryStorage) and every token is"
            " refused here: set session.storeSessionInDatabase to true in its Better Auth.",
        )
    return green("sessions", f"{users} users, {live} live sessions.")
