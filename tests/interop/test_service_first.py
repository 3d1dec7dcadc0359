"""Our migrations ran before the site's, and the site has the admin plugin, which can ban people."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest

from tests.interop.catalog import describe

pytestmark = pytest.mark.interop


@pytest.fixture(scope="module")
def admin_world(make):
    world = make("service_first", SITE_ADMIN="1")
    world.manage("init_databases")
    world.project.generate()
    world.project.drizzle_kit("migrate")
    return world


@pytest.fixture(scope="module")
def admin_site(admin_world):
    with admin_world.site(url=admin_world.site_url) as site:
        yield site


@pytest.fixture(scope="module")
def beside(admin_world):
    with admin_world.service() as service:
        yield service


@pytest.fixture
def alice(admin_site):
    return admin_site.sign_up(f"{uuid.uuid4().hex}@bans.example")


@pytest.fixture
def key(beside, alice):
    return beside.post("/api-keys", {"name": "laptop"}, Authorization=f"Bearer {alice.token}").json()["key"]


def ban(world, user, expires=None):
    world.sql("UPDATE users SET banned = true, ban_expires = %s WHERE id = %s", expires, user.user_id)


def utc_now():
    """Return the time as Drizzle writes it: UTC, and no zone."""
    return datetime.now(UTC).replace(tzinfo=None)


def test_nothing_is_left_to_migrate(admin_world):
    before = describe(admin_world.auth_url)

    printed = admin_world.manage("init_databases")

    assert printed.count("up to date") == 2
    assert describe(admin_world.auth_url) == before


def test_people_who_sign_up_then_can_be_given_credits_and_spend_them(admin_world, beside, alice):
    beside.add_credits(alice.user_id, 10)

    beside.post("/datasets", {"name": "First"}, Authorization=f"Bearer {alice.token}")

    assert beside.balance(alice.token) == 8
    assert "The money rules hold." in admin_world.manage("verify_ledger")


def test_a_ban_by_sql_stops_the_session_that_the_site_still_takes(admin_world, admin_site, beside, alice):
    ban(admin_world, alice)

    assert admin_site.call("/get-session", Cookie=alice.cookie).json()["user"]["id"] == alice.user_id
    assert beside.who_is(alice.token).refusal() == (401, "invalid_token")
    assert beside.who_is(Cookie=alice.cookie).refusal() == (401, "invalid_token")


def test_a_ban_by_sql_stops_api_keys(admin_world, beside, alice, key):
    ban(admin_world, alice)

    assert beside.who_is(key).status == 401


def test_a_ban_that_is_over_lets_people_in_again(admin_world, beside, alice, key):
    ban(admin_world, alice, utc_now() - timedelta(seconds=5))

    assert beside.who_is(alice.token).status == 200
    assert beside.who_is(key).status == 200


def test_a_ban_that_is_not_over_keeps_them_out(admin_world, beside, alice):
    ban(admin_world, alice, utc_now() + timedelta(minutes=1))

    assert beside.who_is(alice.token).status == 401


def test_a_ban_by_the_sites_own_staff_stops_sessions_and_keys(admin_world, admin_site, beside, alice, key):
    staff = admin_site.sign_up(f"{uuid.uuid4().hex}@staff.example")
    admin_world.sql("UPDATE users SET role = 'admin' WHERE id = %s", staff.user_id)

    order = {"userId": alice.user_id, "banExpiresIn": 3600}
    assert admin_site.call("/admin/ban-user", order, Cookie=staff.cookie).status == 200

    assert beside.who_is(alice.token).status == 401
    assert beside.who_is(key).status == 401


def test_staff_who_act_as_somebody_are_that_somebody_to_us(admin_world, admin_site, beside, alice):
    staff = admin_site.sign_up(f"{uuid.uuid4().hex}@staff.example")
    admin_world.sql("UPDATE users SET role = 'admin' WHERE id = %s", staff.user_id)

    answer = admin_site.call("/admin/impersonate-user", {"userId": alice.user_id}, Cookie=staff.cookie)

    assert beside.who_is(answer.json()["session"]["token"]).json()["user"]["id"] == alice.user_id
