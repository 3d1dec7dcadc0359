"""Whatever ends a session at the site, or an account, ends it for our service with the very next call."""

import uuid

import pytest

from tests.interop.site import PASSWORD

pytestmark = pytest.mark.interop

EXPIRED = "UPDATE sessions SET expires_at = now() AT TIME ZONE 'UTC' - interval '1 second' WHERE token = %s"


@pytest.fixture
def alice(site, service):
    """Alice has just signed up, and our service has seen her."""
    alice = site.sign_up(f"{uuid.uuid4().hex}@sessions.example")
    assert service.who_is(alice.token).status == 200
    return alice


def test_signing_out_ends_the_session(site, service, alice):
    assert site.call("/sign-out", {}, Cookie=alice.cookie).status == 200

    assert service.who_is(alice.token).refusal() == (401, "invalid_token")
    assert service.who_is(Cookie=alice.cookie).refusal() == (401, "invalid_token")


def test_signing_out_in_one_browser_leaves_the_other(site, service, alice):
    elsewhere = site.sign_in(alice.email)

    site.call("/sign-out", {}, Cookie=alice.cookie)

    assert service.who_is(elsewhere.token).status == 200


def test_a_session_ends_with_its_time(world, service, alice):
    world.sql(EXPIRED, alice.token)

    assert service.who_is(alice.token).refusal() == (401, "session_expired")


def test_a_change_of_password_can_end_all_sessions_but_the_new_one(site, service, alice):
    elsewhere = site.sign_in(alice.email)
    change = {"currentPassword": PASSWORD, "newPassword": "another horse", "revokeOtherSessions": True}

    new_token = site.call("/change-password", change, Cookie=alice.cookie).json()["token"]

    assert service.who_is(alice.token).refusal() == (401, "invalid_token")
    assert service.who_is(elsewhere.token).refusal() == (401, "invalid_token")
    assert service.who_is(new_token).json()["user"]["id"] == alice.user_id


def test_an_account_that_is_deleted_at_the_site_has_no_sessions(site, service, alice):
    assert site.call("/delete-user", {"password": PASSWORD}, Cookie=alice.cookie).status == 200

    assert service.who_is(alice.token).refusal() == (401, "invalid_token")


def test_an_account_that_is_deleted_by_sql_takes_its_api_keys_along(world, service, alice):
    key = service.post("/api-keys", {"name": "laptop"}, Authorization=f"Bearer {alice.token}").json()["key"]
    assert service.who_is(key).status == 200

    world.sql("DELETE FROM users WHERE id = %s", alice.user_id)

    assert service.who_is(alice.token).refusal() == (401, "invalid_token")
    assert service.who_is(key).refusal() == (401, "invalid_api_key")


def test_credits_cannot_be_given_to_an_account_that_is_gone(world, service, alice):
    world.sql("DELETE FROM users WHERE id = %s", alice.user_id)

    assert service.add_credits(alice.user_id, 5).refusal() == (404, "user_not_found")


def test_a_cached_session_gives_nothing_once_its_row_is_gone(world, service, alice):
    """The cache cookie keeps the session good at the site for minutes; with us the row decides."""
    with world.site(SITE_COOKIE_CACHE="1") as caching:
        cached = caching.sign_in(alice.email)
        world.sql("DELETE FROM sessions WHERE token = %s", cached.token)

        assert caching.call("/get-session", Cookie=cached.cookie).json()["user"]["id"] == alice.user_id
        assert service.who_is(Cookie=cached.cookie).refusal() == (401, "invalid_token")


def test_the_cookie_of_the_cache_alone_is_no_credential(world, service, alice):
    with world.site(SITE_COOKIE_CACHE="1") as caching:
        cached = caching.sign_in(alice.email)

    data = cached.cookie_called("better-auth.session_data")
    assert service.who_is(Cookie=data).refusal() == (401, "authentication_required")
    assert service.who_is(data.partition("=")[2]).refusal() == (401, "invalid_token")
