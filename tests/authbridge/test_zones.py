"""Sessions and bans end when they do, whatever types the site gave its columns and whatever zone a connection is in."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings

from authbridge.authentication import session_caller
from authbridge.errors import AuthenticationError, SessionExpired
from authbridge.models import Session, User
from authbridge.selectors import find_live_session, find_user_by_email, user_exists
from authbridge.services.development import current_session
from tests.support import people, zones
from tests.support.scratch import scratch_databases
from tests.support.sql import execute
from tests.support.staff import client_of_staff, rows_of, url_of

pytestmark = pytest.mark.postgresql

SHOW_ZONE = """
from django.conf import settings
from django.db import connections

with connections[settings.AUTH_DB].cursor() as cursor:
    cursor.execute("SHOW timezone")
    print(cursor.fetchone()[0])
"""
in_every_world = [
    pytest.mark.django_db(databases="__all__"),
    pytest.mark.usefixtures("_world"),
    pytest.mark.parametrize("_world", zones.WORLDS, indirect=True, ids=str),
]
# Closer to now than any zone is to UTC, and further away than every one.
SPANS = [timedelta(minutes=1), timedelta(hours=20)]


class TestInEveryWorld:
    pytestmark = in_every_world

    @pytest.mark.parametrize("span", SPANS, ids=["a minute", "a day"])
    def test_a_session_is_good_until_its_end(self, alice: User, span: timedelta) -> None:
        live, over = (people.make_session(alice, lifetime=lifetime) for lifetime in (span, -span))

        user, expires_at = find_live_session(live.token)

        assert (user.id, expires_at) == (alice.id, live.expires_at)
        with pytest.raises(SessionExpired):
            find_live_session(over.token)

    @pytest.mark.parametrize("span", SPANS, ids=["a minute", "a day"])
    def test_a_ban_holds_until_its_end(self, alice: User, alice_session: Session, span: timedelta) -> None:
        ban(alice, until=datetime.now(UTC) - span)
        assert session_caller(alice_session.token).user.id == alice.id

        ban(alice, until=datetime.now(UTC) + span)
        with pytest.raises(AuthenticationError, match="banned"):
            find_live_session(alice_session.token)

    def test_live_sessions_are_told_from_expired_ones_in_sql_too(self, alice: User) -> None:
        live, over = (people.make_session(alice, lifetime=timedelta(minutes=m)) for m in (1, -1))
        superuser = client_of_staff()

        assert rows_of(superuser.get(url_of("authbridge_session"), {"live": "yes"})) == [live]
        assert rows_of(superuser.get(url_of("authbridge_session"), {"live": "no"})) == [over]

    def test_a_developer_s_session_is_taken_up_again(self, alice: User) -> None:
        session = people.make_session(alice, lifetime=timedelta(days=1, minutes=1))
        people.make_session(alice, lifetime=timedelta(hours=23, minutes=59))

        assert current_session(email=alice.email) == session

    def test_people_are_found(self, alice: User) -> None:
        found = find_user_by_email(alice.email)

        assert found is not None
        assert (found.id, found.created_at) == (alice.id, alice.created_at)
        assert user_exists(alice.id)


def ban(user: User, *, until: datetime) -> None:
    """Ban somebody as the admin plugin does, from a program that writes what Drizzle writes: UTC."""
    execute("UPDATE users SET banned = true, ban_expires = %s WHERE id = %s", until.isoformat(), user.id)


@pytest.mark.parametrize("zone", zones.ZONES[1:])
@pytest.mark.parametrize("whose", ["DATABASE {name}", "ROLE CURRENT_USER IN DATABASE {name}"])
def test_our_connections_are_in_utc_whatever_the_server_has_as_default(tmp_path: Any, zone: str, whose: str) -> None:
    with scratch_databases(tmp_path) as scratch:
        name = scratch.names[settings.AUTH_DB]
        scratch.execute(settings.AUTH_DB, f"ALTER {whose.format(name=name)} SET timezone TO '{zone}'")

        assert scratch.execute(settings.AUTH_DB, "SHOW timezone") == [(zone,)]
        assert scratch.manage("shell", "--no-imports", "-c", SHOW_ZONE).strip() == "UTC"
