"""Callers by `Authorization: Bearer <session token>`."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import connections
from rest_framework.test import APIClient

from authbridge.models import Session, User
from authbridge.tokens import cookie_value, sign
from tests.support import auth_tables
from tests.support.api import API, DATASETS, refusal
from tests.support.clients import client_with_token
from tests.support.people import make_session, make_user
from tests.support.sql import execute

pytestmark = pytest.mark.django_db(databases="__all__")

SESSION = f"{API}/auth/session"


def ask(authorization: str | None = None, path: str = SESSION, **headers: str) -> Any:
    if authorization is not None:
        headers["Authorization"] = authorization
    return APIClient().get(path, headers=headers)


def test_a_session_tells_who_is_calling(alice: User, alice_session: Session) -> None:
    body = ask(f"Bearer {alice_session.token}").json()

    assert body["user"] == {"id": str(alice.id), "name": "Alice", "email": alice.email}
    assert (set(body), body["method"]) == ({"user", "method", "expires_at"}, "session")
    assert body["expires_at"].endswith("Z")
    assert datetime.fromisoformat(body["expires_at"]) == alice_session.expires_at


@pytest.mark.parametrize("write", [sign, cookie_value], ids=["plain", "percent-encoded"])
def test_a_signed_token_is_as_good(alice: User, alice_session: Session, write: Any) -> None:
    answer = ask(f"Bearer {write(alice_session.token, django_settings.BETTER_AUTH_SECRET)}")

    assert answer.json()["user"]["id"] == str(alice.id)


@pytest.mark.parametrize("scheme", ["bearer", "BEARER", "Bearer "])
def test_the_scheme_is_read_in_any_case(alice_session: Session, scheme: str) -> None:
    assert ask(f"{scheme} {alice_session.token}").status_code == 200


def test_without_a_credential_an_account_is_asked_for() -> None:
    answer = ask()

    assert refusal(answer) == (401, "authentication_required")
    assert answer["WWW-Authenticate"] == 'Bearer realm="fltr"'


BAD = {
    "unknown": "Bearer Xb7hK2mQp9RtYw4ZcVn8LsDf3GjA6EuH",
    "empty": "",
    "blank": " ",
    "no token": "Bearer",
    "blank token": "Bearer  ",
    "two tokens": "Bearer one two",
    "Basic": "Basic dXNlcjpwYXNzd29yZA==",
    "no scheme": "Xb7hK2mQp9RtYw4ZcVn8LsDf3GjA6EuH",
    "NUL": "Bearer %00",
    "percent-encoded bytes": "Bearer %ff%fe",
    "bytes": "Bearer \xff\xfe",
    "letters beyond Latin": "Bearer ключ",
    "10 KB": f"Bearer {'a' * 10_240}",
    "forged signature": f"Bearer {sign('a' * 32, 'another secret')}",
    "SQL": "Bearer ' OR '1'='1",
}


@pytest.mark.parametrize("authorization", BAD.values(), ids=BAD)
@pytest.mark.parametrize("path", [SESSION, DATASETS], ids=["needed", "not needed"])
def test_a_bad_credential_is_refused_even_where_none_is_needed(authorization: str, path: str) -> None:
    answer = ask(authorization, path)

    assert refusal(answer) == (401, "invalid_token")
    assert answer["WWW-Authenticate"] == 'Bearer realm="fltr"'


def test_an_expired_session_says_so(alice: User) -> None:
    token = make_session(alice, lifetime=timedelta(seconds=-1)).token

    assert refusal(ask(f"Bearer {token}")) == (401, "session_expired")


def test_a_session_that_was_signed_out_is_unknown(alice_session: Session) -> None:
    token = alice_session.token
    alice_session.delete()

    assert refusal(ask(f"Bearer {token}")) == (401, "invalid_token")


def test_the_session_of_a_user_who_is_gone_is_unknown(alice_session: Session) -> None:
    token, user = alice_session.token, alice_session.user
    user.delete()

    assert refusal(ask(f"Bearer {token}")) == (401, "invalid_token")


@pytest.mark.usefixtures("rebuild_auth_tables")
class TestBans:
    @pytest.fixture(autouse=True)
    def _with_the_admin_plugin(self, rebuild_auth_tables: Any) -> None:
        with connections[django_settings.AUTH_DB].cursor() as cursor:
            cursor.execute("ALTER TABLE users ADD COLUMN banned boolean")
            cursor.execute("ALTER TABLE users ADD COLUMN ban_expires timestamp")
        auth_tables.forget_columns()

    def ban(self, user: User, until: datetime | None) -> None:
        naive = until and until.astimezone(UTC).replace(tzinfo=None)
        execute("UPDATE users SET banned = %s, ban_expires = %s WHERE id = %s", True, naive, user.id)

    def test_nobody_is_banned_at_first(self, alice_session: Session) -> None:
        assert ask(f"Bearer {alice_session.token}").status_code == 200

    @pytest.mark.parametrize("lasts", [None, timedelta(minutes=1)])
    def test_a_banned_user_is_refused(self, alice_session: Session, lasts: timedelta | None) -> None:
        self.ban(alice_session.user, lasts and datetime.now(UTC) + lasts)

        assert refusal(ask(f"Bearer {alice_session.token}")) == (401, "invalid_token")

    def test_a_ban_that_is_over_is_over(self, alice_session: Session) -> None:
        self.ban(alice_session.user, datetime.now(UTC) - timedelta(minutes=1))

        assert ask(f"Bearer {alice_session.token}").status_code == 200

    @pytest.mark.postgresql
    @pytest.mark.django_db(databases="__all__", transaction=True)
    @pytest.mark.parametrize("columns", [["banned", "ban_expires"], ["ban_expires"]])
    def test_columns_that_the_site_drops_are_missed_by_nobody(self, alice_session: Session, columns: list[str]) -> None:
        assert ask(f"Bearer {alice_session.token}").status_code == 200

        with connections[django_settings.AUTH_DB].cursor() as cursor:
            for column in columns:
                cursor.execute(f"ALTER TABLE users DROP COLUMN {column}")

        assert ask(f"Bearer {alice_session.token}").status_code == 200


@pytest.mark.postgresql
@pytest.mark.django_db(databases="__all__", transaction=True)
@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Kathmandu"])
@pytest.mark.parametrize("shape", auth_tables.SHAPES)
def test_sessions_end_in_utc_whatever_time_zone_the_server_gives_its_connections(
    rebuild_auth_tables: Any, monkeypatch: pytest.MonkeyPatch, zone: str, shape: str
) -> None:
    rebuild_auth_tables(**auth_tables.SHAPES[shape])
    user = make_user("Carol")
    live, dead = make_session(user, lifetime=timedelta(minutes=1)), make_session(user, lifetime=timedelta(minutes=-1))
    connection = connections[django_settings.AUTH_DB]
    monkeypatch.setitem(connection.settings_dict["OPTIONS"], "options", f"-c timezone={zone}")
    connection.close()

    answers = [ask(f"Bearer {session.token}") for session in (live, dead)]
    connection.close()

    assert [answer.status_code for answer in answers] == [200, 401]
    assert datetime.fromisoformat(answers[0].json()["expires_at"]) == live.expires_at
    assert answers[1].json()["code"] == "session_expired"


def test_a_raw_token_can_be_ruled_out(alice_session: Session, settings: Any) -> None:
    settings.BETTER_AUTH_REQUIRE_SIGNED = True

    raw = ask(f"Bearer {alice_session.token}")
    signed = ask(f"Bearer {sign(alice_session.token, settings.BETTER_AUTH_SECRET)}")

    assert (refusal(raw), signed.status_code) == ((401, "invalid_token"), 200)


def test_a_user_whose_id_is_no_uuid_is_told_so(alice: User, rebuild_auth_tables: Any) -> None:
    rebuild_auth_tables(**auth_tables.SHAPES["text ids, timestamp"])
    now = datetime.now(UTC)
    user = User.objects.create(id="Xb7hK2mQp9RtYw4ZcVn8LsDf3GjA6EuH", name="Dave", created_at=now, updated_at=now)

    answer = client_with_token(make_session(user).token).get(DATASETS)

    assert refusal(answer) == (401, "invalid_token")
