"""Staff look at people, and change nothing."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from django.db import connections

from authbridge import staff
from authbridge.models import Subscription
from tests.support import auth_tables, people
from tests.support.staff import choose, client_of_staff, rows_of, url_of

pytestmark = pytest.mark.django_db(databases="__all__")

USERS, SESSIONS, SUBSCRIPTIONS = "authbridge_user", "authbridge_session", "authbridge_subscription"
READ_ONLY = [USERS, SESSIONS, SUBSCRIPTIONS]


@pytest.fixture
def superuser():
    """A superuser's browser."""
    return client_of_staff()


def drop(statement):
    with connections[settings.AUTH_DB].cursor() as cursor:
        cursor.execute(statement)


class TestUsers:
    @pytest.mark.parametrize("what", ["alice", "ALICE-", "Alice", lambda user: user.id, lambda user: user.email])
    def test_a_user_is_found(self, superuser, alice, bob, what):
        wanted = what(alice) if callable(what) else what

        assert rows_of(superuser.get(url_of(USERS), {"q": wanted})) == [alice]

    @pytest.mark.parametrize("nobody", ["nobody", str(uuid.uuid4()), "%", "'", "🦊", "00000000-0000"])
    def test_nobody_is_found_without_a_crash(self, superuser, alice, nobody):
        assert rows_of(superuser.get(url_of(USERS), {"q": nobody})) == []

    def test_a_user_s_page_leads_to_what_is_theirs(self, superuser, alice):
        page = superuser.get(url_of(USERS, alice.id)).content.decode()

        assert alice.email in page
        assert f"{url_of('credits_credittransaction')}?q={alice.id}" in page

    @pytest.mark.parametrize("id", ["nobody", str(uuid.uuid4()), "_00", "_27"])
    def test_an_unknown_user_has_no_page(self, superuser, id):
        assert superuser.get(url_of(USERS, id)).status_code == 302

    def test_users_are_shown_where_there_is_no_stripe(self, superuser, alice):
        drop("ALTER TABLE users DROP COLUMN stripe_customer_id")

        assert rows_of(superuser.get(url_of(USERS))) == [alice]
        assert superuser.get(url_of(USERS, alice.id)).status_code == 200

    @pytest.mark.postgresql
    @pytest.mark.parametrize("shape", auth_tables.SHAPES)
    def test_users_are_shown_whatever_type_their_columns_have(self, superuser, rebuild_auth_tables, shape):
        rebuild_auth_tables(**auth_tables.SHAPES[shape])
        alice = people.make_user("Alice")

        assert rows_of(superuser.get(url_of(USERS), {"q": alice.id})) == [alice]
        assert superuser.get(url_of(USERS, alice.id)).status_code == 200
        assert superuser.get(url_of(USERS, "nobody")).status_code == 302


class TestSessions:
    def test_tokens_are_neither_shown_nor_read(self, superuser, alice_session, django_assert_max_num_queries):
        with django_assert_max_num_queries(20, connection=connections[settings.AUTH_DB]) as queries:
            pages = [superuser.get(url) for url in (url_of(SESSIONS), url_of(SESSIONS, alice_session.id))]

        assert all(alice_session.token not in page.content.decode() for page in pages)
        assert not [query for query in queries if '"token"' in query["sql"]]

    def test_tokens_are_not_searched(self, superuser, alice_session):
        assert rows_of(superuser.get(url_of(SESSIONS), {"q": alice_session.token})) == []

    @pytest.mark.parametrize("what", [lambda user: user.email, lambda user: user.id, lambda user: "192.0.2.1"])
    def test_a_session_is_found(self, superuser, alice, bob, what):
        session = people.make_session(alice, ip_address="192.0.2.1")
        people.make_session(bob, ip_address="192.0.2.2")

        assert rows_of(superuser.get(url_of(SESSIONS), {"q": what(alice)})) == [session]

    def test_live_and_expired_are_told_apart(self, superuser, alice, alice_session):
        expired = people.make_session(alice, lifetime=timedelta(hours=-1))

        assert rows_of(superuser.get(url_of(SESSIONS), {"live": "yes"})) == [alice_session]
        assert rows_of(superuser.get(url_of(SESSIONS), {"live": "no"})) == [expired]

    @pytest.mark.postgresql
    @pytest.mark.parametrize("shape", auth_tables.SHAPES)
    def test_sessions_are_shown_whatever_type_their_columns_have(self, superuser, rebuild_auth_tables, shape):
        rebuild_auth_tables(**auth_tables.SHAPES[shape])
        session = people.make_session(people.make_user("Alice"))

        page = superuser.get(url_of(SESSIONS), {"live": "yes", "q": "alice"})
        assert rows_of(page) == [session]
        assert "Alice &lt;" in page.content.decode()
        assert superuser.get(url_of(SESSIONS, session.id)).status_code == 200


class TestSubscriptions:
    def test_they_are_shown_with_their_user(self, superuser, alice):
        plan = Subscription.objects.create(
            id=uuid.uuid4(), plan="pro", reference_id=alice.id, status="active", period_start=datetime.now(UTC)
        )

        page = superuser.get(url_of(SUBSCRIPTIONS), {"q": alice.email, "status": "active"})
        assert rows_of(page) == [plan]
        assert "Alice &lt;" in page.content.decode()
        assert superuser.get(url_of(SUBSCRIPTIONS, plan.id)).status_code == 200

    def test_one_of_an_organisation_is_shown_too(self, superuser):
        Subscription.objects.create(id=str(uuid.uuid4()), plan="team", reference_id="org_1", status="active")

        assert "org_1" in superuser.get(url_of(SUBSCRIPTIONS)).content.decode()

    @pytest.mark.parametrize("query", [{}, {"q": "alice"}, {"status": "active"}])
    def test_without_the_table_the_page_says_so(self, superuser, query):
        drop("DROP TABLE subscriptions")

        page = superuser.get(url_of(SUBSCRIPTIONS), query)

        assert rows_of(page) == []
        assert "no subscriptions table" in page.content.decode()
        assert superuser.get(url_of(SUBSCRIPTIONS, uuid.uuid4())).status_code == 302


class TestNobodyChangesAnything:
    @pytest.mark.parametrize("model", READ_ONLY)
    def test_nothing_can_be_added(self, superuser, model):
        assert superuser.get(f"{url_of(model)}add/").status_code == 403

    @pytest.mark.parametrize(("model", "fixture"), [(USERS, "alice"), (SESSIONS, "alice_session")])
    def test_nothing_can_be_changed_or_deleted(self, superuser, request, model, fixture):
        row = request.getfixturevalue(fixture)

        assert superuser.post(url_of(model, row.pk), {"name": "Mallory"}).status_code == 403
        assert superuser.post(url_of(model, row.pk).replace("change", "delete"), {"post": "yes"}).status_code == 403
        choose(superuser, model, "delete_selected", row.pk)
        row.refresh_from_db()

    def test_strangers_see_the_sign_in_page(self, client):
        assert client.get(url_of(USERS))["Location"].startswith("/admin/login/")

    def test_permission_to_view_is_enough_to_view(self, alice):
        viewer = client_of_staff("authbridge.view_user")

        assert rows_of(viewer.get(url_of(USERS))) == [alice]
        assert viewer.get(url_of(USERS, alice.id)).status_code == 200
        assert viewer.get(url_of(SESSIONS)).status_code == 403


def test_a_search_that_finds_too_many_says_so(superuser, alice, bob, monkeypatch):
    monkeypatch.setattr(staff, "MOST_PEOPLE", 1)

    page = superuser.get(url_of(SESSIONS), {"q": "example.com"}).content.decode()

    assert "make the search narrower" in page
