"""People who leave: of them the ledger keeps what was paid, and forgets what was written.

The site deletes users and tells nobody. So people of the ledger who are no users are noted with when they were first
missed, and once that is long ago their text is erased.
"""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice

from django.conf import settings
from django.db import connections
from django.db.models import F, OuterRef, Subquery

from authbridge.selectors import fetch_one, users_have_uuid_ids
from authbridge.shared.model_fields import as_parameter
from credits import ledger
from credits.arguments import UserId, checked
from credits.models import CreditTransaction, Departure
from credits.selectors import keys_of

# Users may be away for a while, as when their database is being restored: who was missed the night before is gone.
MISSED_FOR = timedelta(hours=20)
# Half a minute at most: other chores of the worker wait meanwhile. Who is left has another night.
ROWS_A_NIGHT, PEOPLE_A_NIGHT = 10_000, 1_000
# By then whoever began to write a row has committed it, whatever the clocks say.
LATE_ROWS_WITHIN = timedelta(hours=1)
NOBODY_STAYS = (
    "Not one person of the ledger is a user here, so nobody's text was erased. If AUTH_DATABASE_URL names the"
)
NOBODY_STAYS += " right database, and all of them left: manage.py erase_person_text ID, for each."

SOMEBODY_STAYS = "EXISTS (SELECT 1 FROM users JOIN credit_transactions ON user_id = {users_id})"
RETURNED = "DELETE FROM fltr_departures WHERE EXISTS (SELECT 1 FROM users WHERE {users_id} = fltr_departures.user_id)"
# From one person to the next by the index: a look for each of them, however many rows they have.
MISSING = """
    WITH RECURSIVE payers(id) AS (
        SELECT MIN(user_id) FROM credit_transactions UNION ALL
        SELECT (SELECT MIN(user_id) FROM credit_transactions WHERE user_id > payers.id) FROM payers
        WHERE payers.id IS NOT NULL
    ), people(id) AS (SELECT id FROM payers WHERE id IS NOT NULL UNION SELECT user_id FROM api_key_credits)
    INSERT INTO fltr_departures (user_id, missed_at) SELECT id, %s FROM people
    WHERE NOT EXISTS (SELECT 1 FROM users WHERE {users_id} = people.id) ON CONFLICT (user_id) DO NOTHING"""


@dataclass(frozen=True, slots=True)
class Forgotten:
    """How many ledger rows had their text erased, and how many keys their name."""

    rows: int
    keys: int


@checked
def forget_person(user_id: UserId, *, at_most: int | None = None) -> Forgotten:
    """Erase what was written about a person: the text of their rows, of so many at most, and the names of their keys.

    Repeat it freely: it goes on where it was, and erases what came since.
    """
    named = keys_of(user_id).exclude(name="")
    return Forgotten(
        keys=named.update(name="", updated_at=datetime.now(UTC)),
        rows=ledger.erase_text(user_id=user_id, at_most=at_most),
    )


def is_known(user_id: uuid.UUID) -> bool:
    """Tell whether anything here is about a person, who may have left."""
    return CreditTransaction.objects.filter(user_id=user_id).exists() or keys_of(user_id).exists()


@checked
def does_nobody_stay() -> bool:
    """Tell whether the ledger has people and none is a user, which a wrong or an empty user database looks like."""
    row = fetch_one(f"SELECT {in_this_shape(SOMEBODY_STAYS)}", [])
    return row is not None and not row[0] and CreditTransaction.objects.exists()


@checked
def forget_people_who_left(at_most: int = ROWS_A_NIGHT) -> int:
    """Forget who was missed long ago, and note who is missed now; return of how many rows the text was erased."""
    now, room = datetime.now(UTC), at_most
    note_departures(now)
    for user_id in islice(long_missed(now), PEOPLE_A_NIGHT):
        room -= forget_person(user_id, at_most=room).rows
        if not room:
            break
        Departure.objects.filter(user_id=user_id).update(erased_at=now - LATE_ROWS_WITHIN)
    return at_most - room


def note_departures(now: datetime) -> None:
    """Note since when people are missed; nobody who came back is."""
    connection = connections[settings.AUTH_DB]
    with connection.cursor() as cursor:
        cursor.execute(in_this_shape(RETURNED))
        cursor.execute(in_this_shape(MISSING), [as_parameter(now, connection)])


def in_this_shape(sql: str) -> str:
    """Return SQL that compares our columns of text with `users.id`, and uses its index where that is text, too."""
    return sql.format(users_id="CAST(users.id AS text)" if users_have_uuid_ids() else "users.id")


def long_missed(now: datetime) -> Iterator[uuid.UUID]:
    """Yield who was missed long ago and may have text left: who was never forgotten, or has a newer row."""
    rows = CreditTransaction.objects.filter(user_id=OuterRef("user_id")).order_by("-created_at")
    missed = Departure.objects.filter(missed_at__lt=now - MISSED_FOR)
    missed = missed.order_by(F("erased_at").asc(nulls_first=True), "missed_at", "user_id")
    for departure in missed.annotate(newest=Subquery(rows.values("created_at")[:1])):
        has_text = departure.erased_at is None or (departure.newest and departure.newest > departure.erased_at)
        # What is no UUID as it stands names nobody here, and may be how the site once spelled somebody who is there.
        if has_text and isinstance(departure.user_id, uuid.UUID):
            yield departure.user_id
