"""Find who is calling, and look users up, in one query each."""

import time
import uuid
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.db import ProgrammingError, connections
from django.db.models import Q, QuerySet

from authbridge import tokens
from authbridge.errors import AuthenticationError, SessionExpired
from authbridge.models import Session, User
from authbridge.shared.callers import UserRow
from authbridge.shared.ids import as_sql, parse_uuid, stored_id
from authbridge.shared.model_fields import as_utc

BAN_COLUMNS = ("banned", "ban_expires")
COLUMNS_REMEMBERED_S = 30
IDS_PER_QUERY = 500


USER_COLUMNS = ("id", "name", "email", "credits", "total_credits_purchased", "team_id", "created_at")


def find_live_session(token: str) -> tuple[UserRow, datetime]:
    """Return the user of a live session and when it ends.

    Times are compared here and not in SQL: the columns may be naive UTC or timestamptz, and SQL would read the
    naive ones in whatever time zone the connection has.
    """
    row = fetch_with_user(
        "SELECT s.expires_at, {user} FROM sessions s JOIN users u ON u.id = s.user_id WHERE s.token = %s", [token]
    )
    if row is None:
        raise AuthenticationError
    expires_at = as_utc(row[0])
    if expires_at is None or expires_at <= datetime.now(UTC):
        raise SessionExpired
    return read_user(row[1:]), expires_at


def find_user_by_session_token(token: str) -> User | None:
    """Return the user whose session a token is of, raw or signed; nobody if it is unknown, over, or they are banned.

    An answer to code that asks. Requests are let in by authbridge/authentication.py, which says why it refuses.
    """
    if not isinstance(token, str):
        raise TypeError(f"token must be a text, like Session.token, not {type(token).__name__}.")
    try:
        raw = tokens.read_bearer(token, secret=settings.BETTER_AUTH_SECRET, require_signed=False)
        user, _ = find_live_session(raw)
    except AuthenticationError:
        return None
    return User.objects.filter(id=user.id).first()


def fetch_with_user(sql: str, params: list[Any]) -> tuple[Any, ...] | None:
    """Run one query, of any room, in which `{user}` stands for the columns of users, called u, that `read_user` takes.

    Once more if it fails: the site may have dropped a remembered column just now, with its admin plugin.
    """
    try:
        return fetch_one(sql.format(user=user_columns()), params)
    except ProgrammingError:
        ban_columns.cache_clear()
        return fetch_one(sql.format(user=user_columns()), params)


def user_columns() -> str:
    """Return the select list that `read_user` understands."""
    names = (*USER_COLUMNS, *ban_columns(int(time.monotonic()) // COLUMNS_REMEMBERED_S))
    return ", ".join(f"u.{name}" for name in names)


def read_user(row: tuple[Any, ...]) -> UserRow:
    """Turn the columns that `fetch_with_user` asked for into a user, unless banned."""
    values = dict(zip((*USER_COLUMNS, *BAN_COLUMNS), row, strict=False))
    ban_ends = as_utc(values.pop("ban_expires", None))
    if values.pop("banned", False) and (ban_ends is None or ban_ends > datetime.now(UTC)):
        raise AuthenticationError("This account is banned.")
    created_at = as_utc(values.pop("created_at"))
    ids = {name: stored_id(values[name]) for name in ("id", "team_id")}
    return UserRow(**{**values, **ids}, created_at=created_at)


@lru_cache(maxsize=1)
def ban_columns(_period: int) -> tuple[str, ...]:
    """Return the admin plugin's columns if the table has them, looked up afresh every half minute."""
    # Not by Django's introspection, which on SQLite would wait for whoever writes.
    with connections[settings.AUTH_DB].cursor() as cursor:
        cursor.execute("SELECT * FROM users LIMIT 0")
        present = {column[0] for column in cursor.description}
    if "banned" not in present:
        return ()
    return BAN_COLUMNS if "ban_expires" in present else BAN_COLUMNS[:1]


def users_have_uuid_ids() -> bool:
    """Tell whether `users.id` is a native uuid, so that a join from our text columns must cast."""
    return column_type("users", "id") == "uuid"


@lru_cache(maxsize=8)
def column_type(table: str, column: str) -> str | None:
    """Return a column's type as PostgreSQL names it; nothing on SQLite, which has none."""
    if connections[settings.AUTH_DB].vendor != "postgresql":
        return None
    sql = "SELECT atttypid::regtype::text FROM pg_attribute WHERE attrelid = %s::regclass AND attname = %s"
    row = fetch_one(sql, [table, column])
    return row[0] if row else None


def as_user_id(expression: str) -> str:
    """Return a text expression of ours as SQL that compares with `users.id` and can use its index."""
    return f"CAST({expression} AS uuid)" if users_have_uuid_ids() else expression


def fetch_one(sql: str, params: list[Any]) -> tuple[Any, ...] | None:
    """Run one query on the user database and return its first row."""
    with connections[settings.AUTH_DB].cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchone()


def has_users() -> bool:
    """Tell whether there is a table of users at all."""
    return User._meta.db_table in connections[settings.AUTH_DB].introspection.table_names()


def user_exists(user_id: Any) -> bool:
    """Tell whether the user database has this user."""
    parsed = parse_uuid(user_id)
    return parsed is not None and User.objects.filter(id=parsed).exists()


def find_user_by_email(email: str) -> User | None:
    """Return the user with this e-mail address, which Better Auth keeps in lower case."""
    return User.objects.filter(email__in={email, email.lower()}).first()


def find_user(email_or_id: uuid.UUID | str) -> User | None:
    """Return a user by id, or by an e-mail address in whatever case either side wrote it."""
    if isinstance(email_or_id, str) and "@" in email_or_id:
        same = User.objects.filter(email__iexact=email_or_id).order_by("email", "id")
        # The column is unique as it is written only: who is meant literally comes before who is nearly meant.
        return next((user for user in same if user.email == email_or_id), same.first())
    id = parse_uuid(email_or_id) or (None if users_have_uuid_ids() else email_or_id)
    return User.objects.filter(id=id).first() if id else None


def is_on(user_id: uuid.UUID, team_id: uuid.UUID) -> bool:
    """Tell whether a user is on a team."""
    return User.objects.filter(id=user_id, team_id=team_id).exists()


def people_of(*, team_ids: Iterable[uuid.UUID], user_ids: Iterable[uuid.UUID]) -> list[User]:
    """Return the people on these teams, and these people, by name."""
    return list(User.objects.filter(Q(team_id__in=team_ids) | Q(id__in=user_ids)).order_by("name", "id"))


def ban_of(user_id: uuid.UUID) -> tuple[bool, datetime | None]:
    """Tell whether a user is banned now, and until when if that has an end."""
    columns = ban_columns(int(time.monotonic()) // COLUMNS_REMEMBERED_S)
    row = fetch_one(f"SELECT {', '.join(columns)} FROM users WHERE id = %s", [as_sql(user_id)]) if columns else None
    values = dict(zip(columns, row or (), strict=False))
    ends_at = as_utc(values.get("ban_expires"))
    return bool(values.get("banned")) and (ends_at is None or ends_at > datetime.now(UTC)), ends_at


def sessions_of(user_id: uuid.UUID) -> QuerySet[Session, Any]:
    """Return a user's sessions, newest first, without their tokens."""
    rows = Session.objects.filter(user_id=user_id).order_by("-created_at", "id")
    return rows.values("created_at", "expires_at", "ip_address", "user_agent")


def find_users(user_ids: Iterable[Any]) -> dict[uuid.UUID, User]:
    """Return users by id, in as few queries as there are batches; ids that are nobody's are left out."""
    wanted = (id for given in user_ids if (id := parse_uuid(given)))
    return {user.id: user for batch in batches(wanted) for user in User.objects.filter(id__in=batch)}


def user_names(user_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, str]:
    """Return the names of users by id, for showing who owns what."""
    return dict(User.objects.filter(id__in=set(user_ids)).values_list("id", "name"))


def existing_users(user_ids: Iterable[uuid.UUID]) -> set[uuid.UUID]:
    """Return those of the ids that are users'; asked in batches, since databases limit a statement's parameters."""
    return {id for batch in batches(user_ids) for id in User.objects.filter(id__in=batch).values_list("id", flat=True)}


def batches(ids: Iterable[uuid.UUID]) -> Iterator[list[uuid.UUID]]:
    """Yield ids, each once, so many at a time as a query may name."""
    wanted = sorted(set(ids))
    for start in range(0, len(wanted), IDS_PER_QUERY):
        yield wanted[start : start + IDS_PER_QUERY]
