"""Staff look at the ledger, keys and teams; all they can do is revoke a key."""

import uuid

import pytest
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.core.cache import cache
from django.db import connections

from credits.models import ApiKeyCredits, CreditTransaction, Team
from credits.services import add_credits, create_api_key, deduct_credits
from tests.support import auth_tables, people
from tests.support.clients import client_with_token
from tests.support.staff import choose, client_of_staff, rows_of, url_of

pytestmark = pytest.mark.django_db(databases="__all__")

LEDGER, KEYS, TEAMS = "credits_credittransaction", "credits_apikeycredits", "credits_team"


@pytest.fixture
def superuser():
    """A superuser's browser."""
    return client_of_staff()


@pytest.fixture
def key(alice):
    """A key of Alice's, and its secret."""
    return create_api_key(user_id=alice.id, name="laptop")


def spend(user, operation="hybrid_query", amount=2, resource_id=None):
    return deduct_credits(
        user_id=user.id, amount=amount, operation=operation, idempotency_key=uuid.uuid4().hex, resource_id=resource_id
    )


class TestTheLedger:
    def test_a_row_shows_who_how_much_and_what_is_left(self, superuser, alice):
        spend(alice, amount=7)

        page = superuser.get(url_of(LEDGER)).content.decode()

        assert all(text in page for text in ("Alice &lt;", ">-7<", "hybrid_query", ">93<", ">+100<"))

    @pytest.mark.parametrize("what", ["email", "name", "id"])
    def test_rows_are_found_by_their_user(self, superuser, alice, bob, what):
        found = rows_of(superuser.get(url_of(LEDGER), {"q": getattr(alice, what)}))

        assert [row.user_id for row in found] == [alice.id]

    def test_a_row_is_found_by_its_own_id_and_by_its_resource(self, superuser, alice):
        row = spend(alice, resource_id=str(uuid.uuid4()))

        assert rows_of(superuser.get(url_of(LEDGER), {"q": row.id})) == [row]
        assert rows_of(superuser.get(url_of(LEDGER), {"q": row.resource_id})) == [row]

    @pytest.mark.parametrize("nobody", ["nobody", str(uuid.uuid4()), "'", "%"])
    def test_nothing_is_found_without_a_crash(self, superuser, alice, nobody):
        assert rows_of(superuser.get(url_of(LEDGER), {"q": nobody})) == []

    def test_rows_of_people_who_are_gone_stay_findable(self, superuser, alice):
        row = spend(alice)
        alice.delete()

        assert row in rows_of(superuser.get(url_of(LEDGER), {"q": row.user_id}))
        assert str(row.user_id) in superuser.get(url_of(LEDGER, row.id)).content.decode()

    def test_rows_are_filtered_by_type_operation_and_account(self, superuser, alice):
        row = spend(alice, "vector_query")
        spend(alice, "hybrid_query")

        narrow = {"type__exact": "usage", "operation": "vector_query", "account_type__exact": "user"}

        assert rows_of(superuser.get(url_of(LEDGER), narrow)) == [row]

    @pytest.mark.parametrize(
        ("days", "count"),
        [
            ({"from": "2024-05-02"}, 2),
            ({"to": "2024-05-02"}, 2),
            ({"from": "2024-05-02", "to": "2024-05-02"}, 1),
            ({"from": "2024-05-04"}, 0),
            ({"from": "yesterday", "to": ""}, 3),
        ],
    )
    def test_rows_are_filtered_from_day_to_day(self, superuser, alice, days, count):
        for moment in ("2024-05-01T23:59:59.9Z", "2024-05-02T23:59:59.9Z", "2024-05-03T00:00:00Z"):
            CreditTransaction.objects.create(user_id=alice.id, amount=-1, type="usage", created_at=moment)

        wanted = {f"created_at_{end}": day for end, day in days.items()}

        assert len(rows_of(superuser.get(url_of(LEDGER), {**wanted, "type__exact": "usage"}))) == count

    def test_an_operation_that_is_new_is_filtered_by_at_once(self, superuser, alice, settings):
        settings.PRICES = {"poster_print": 3}
        cache.clear()
        superuser.get(url_of(LEDGER))
        row = spend(alice, "poster_print")

        assert rows_of(superuser.get(url_of(LEDGER), {"operation": "poster_print"})) == [row]

    def test_operations_of_the_site_s_own_are_offered(self, superuser, alice, settings):
        settings.PRICES = {"poster_print": 3}
        cache.clear()
        spend(alice, "poster_print")

        assert "?operation=poster_print" in superuser.get(url_of(LEDGER)).content.decode()

    @pytest.mark.parametrize(
        "bad", ["created_at__gte=yesterday", "type__exact=%00", "nothing=1", "o=99", "p=-1", "p=x"]
    )
    def test_a_bad_address_is_no_crash(self, superuser, alice, bad):
        assert superuser.get(f"{url_of(LEDGER)}?{bad}").status_code in (200, 302, 400)

    def test_nobody_adds_changes_or_deletes_a_row(self, superuser, alice):
        row = spend(alice)

        assert superuser.get(f"{url_of(LEDGER)}add/").status_code == 403
        assert superuser.post(url_of(LEDGER, row.id), {"amount": 1}).status_code == 403
        assert superuser.post(url_of(LEDGER, row.id).replace("change", "delete"), {"post": "yes"}).status_code == 403
        choose(superuser, LEDGER, "delete_selected", row.id)
        assert CreditTransaction.objects.get(id=row.id).amount == -2

    def test_there_is_nothing_to_do_to_rows(self, superuser, alice):
        page = superuser.get(url_of(LEDGER)).content.decode()

        assert "delete_selected" not in page
        assert "_selected_action" not in page

    @pytest.mark.postgresql
    @pytest.mark.parametrize("shape", auth_tables.SHAPES)
    def test_it_works_whatever_type_the_users_ids_have(self, superuser, rebuild_auth_tables, shape):
        rebuild_auth_tables(**auth_tables.SHAPES[shape])
        alice = people.make_user("Alice")

        for query in ({"q": alice.email}, {"q": alice.id}, {"type__exact": "bonus"}):
            assert [row.user_id for row in rows_of(superuser.get(url_of(LEDGER), query))] == [alice.id]

    @pytest.mark.postgresql
    def test_it_works_on_a_table_that_the_site_made(self, superuser, alice):
        with connections[settings.AUTH_DB].cursor() as cursor:
            cursor.execute("ALTER TABLE credit_transactions ALTER COLUMN user_id TYPE uuid USING user_id::uuid")
            cursor.execute("ALTER TABLE credit_transactions ALTER COLUMN created_at TYPE timestamp")

        found = superuser.get(url_of(LEDGER), {"q": alice.email, "created_at_from": "2024-01-01"})

        assert len(rows_of(found)) == 1
        assert "Alice &lt;" in found.content.decode()


class TestKeys:
    def test_neither_secret_nor_hash_appears(self, superuser, key):
        row, secret = key

        pages = [superuser.get(url_of(KEYS)), superuser.get(url_of(KEYS, row.id))]

        for page in pages:
            assert row.prefix in page.content.decode()
            assert row.api_key not in page.content.decode()
            assert secret not in page.content.decode()

    def test_the_hash_opens_no_page(self, superuser, key):
        assert superuser.get(url_of(KEYS, key[0].api_key)).status_code == 302

    @pytest.mark.parametrize("what", ["laptop", "alice", lambda key: key.id, lambda key: key.prefix])
    def test_a_key_is_found(self, superuser, key, bob, what):
        create_api_key(user_id=bob.id, name="phone")

        rows = rows_of(superuser.get(url_of(KEYS), {"q": what(key[0]) if callable(what) else what}))

        assert [row.id for row in rows] == [key[0].id]

    def test_a_revoked_key_ends_at_once(self, superuser, key):
        row, secret = key

        choose(superuser, KEYS, "revoke", row.id)

        assert client_with_token(secret).get("/api/v1/credits/balance").status_code == 401
        assert ApiKeyCredits.objects.get(id=row.id).revoked_at

    def test_only_the_selected_key_is_revoked(self, superuser, key, bob):
        other, _ = create_api_key(user_id=bob.id, name="phone")

        choose(superuser, KEYS, "revoke", key[0].id)

        other.refresh_from_db()
        assert other.revoked_at is None

    def test_history_tells_who_revoked_a_key(self, superuser, key):
        choose(superuser, KEYS, "revoke", key[0].id)

        entry = LogEntry.objects.get()
        assert (entry.object_id, entry.change_message) == (str(key[0].id), "Revoked.")
        assert "Revoked." in superuser.get(url_of(KEYS, key[0].id).replace("change", "history")).content.decode()

    def test_revoking_again_changes_nothing(self, superuser, key):
        choose(superuser, KEYS, "revoke", key[0].id)
        choose(superuser, KEYS, "revoke", key[0].id)

        assert LogEntry.objects.count() == 1

    @pytest.mark.parametrize("id", ["", "nonsense", str(uuid.uuid4())])
    def test_revoking_what_is_not_there_is_no_crash(self, superuser, key, id):
        choose(superuser, KEYS, "revoke", id)

        key[0].refresh_from_db()
        assert key[0].revoked_at is None

    def test_permission_to_view_is_not_enough_to_revoke(self, key):
        viewer = client_of_staff("credits.view_apikeycredits")

        choose(viewer, KEYS, "revoke", key[0].id)

        key[0].refresh_from_db()
        assert [row.id for row in rows_of(viewer.get(url_of(KEYS)))] == [key[0].id]
        assert key[0].revoked_at is None

    def test_permission_to_change_is_enough_to_revoke_and_to_nothing_else(self, key):
        editor = client_of_staff("credits.view_apikeycredits", "credits.change_apikeycredits")

        assert editor.post(url_of(KEYS, key[0].id), {"name": "stolen"}).status_code == 403
        choose(editor, KEYS, "revoke", key[0].id)
        key[0].refresh_from_db()
        assert (key[0].name, bool(key[0].revoked_at)) == ("laptop", True)


class TestTeams:
    def test_a_team_is_shown_with_its_owner(self, superuser, alice):
        team = Team.objects.create(name="Research", owner_id=alice.id)

        page = superuser.get(url_of(TEAMS), {"q": "research"})

        assert rows_of(page) == [team]
        assert "Alice &lt;" in page.content.decode()
        assert superuser.get(url_of(TEAMS, team.id)).status_code == 200

    def test_its_credits_cannot_be_changed(self, superuser, alice):
        team = Team.objects.create(name="Research", owner_id=alice.id)

        assert superuser.post(url_of(TEAMS, team.id), {"credits": 1_000}).status_code == 403


def test_viewers_of_the_ledger_need_no_more(alice):
    viewer = client_of_staff("credits.view_credittransaction")

    rows = rows_of(viewer.get(url_of(LEDGER)))

    assert [row.user_id for row in rows] == [alice.id]
    assert viewer.get(url_of(LEDGER, rows[0].id)).status_code == 200
    assert viewer.get(url_of(KEYS)).status_code == 403


def test_a_purchase_is_told_from_a_present(superuser, alice):
    add_credits(user_id=alice.id, amount=5, type="purchase", idempotency_key="order-1")

    rows = rows_of(superuser.get(url_of(LEDGER), {"type__exact": "purchase"}))

    assert [row.amount for row in rows] == [5]
