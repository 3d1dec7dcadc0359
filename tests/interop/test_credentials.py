"""Whatever Better Auth hands out for a session, our service takes, and nothing that it did not sign."""

from urllib.parse import unquote

import pytest

pytestmark = pytest.mark.interop

PLAIN_NAME, SECURE_NAME = "better-auth.session_token", "__Secure-better-auth.session_token"


@pytest.fixture(scope="module")
def alice(site):
    site.sign_up("alice@credentials.example")
    return site.sign_in("alice@credentials.example")


def test_the_raw_token_of_a_sign_in_is_recognised(service, alice):
    answer = service.who_is(alice.token)

    assert answer.status == 200
    assert answer.json()["user"] == {"id": alice.user_id, "name": alice.email, "email": alice.email}


def test_a_sign_up_signs_in_at_once(site, service):
    carol = site.sign_up("carol@credentials.example")

    assert service.who_is(carol.token).json()["user"]["id"] == carol.user_id


def test_both_sides_say_alike_when_the_session_ends(site, service, alice):
    theirs = site.call("/get-session", Cookie=alice.cookie).json()["session"]["expiresAt"]

    assert service.who_is(alice.token).json()["expires_at"][:19] == theirs[:19]


def test_the_cookies_value_is_a_bearer_token_as_it_stands(service, alice):
    value = alice.cookies[PLAIN_NAME]

    assert "%" in value
    assert service.who_is(value).json()["user"]["id"] == alice.user_id


def test_the_cookies_value_is_a_bearer_token_decoded(service, alice):
    value = unquote(alice.cookies[PLAIN_NAME])

    assert value.startswith(f"{alice.token}.")
    assert service.who_is(value).json()["user"]["id"] == alice.user_id


def test_what_the_bearer_plugin_hands_out_is_taken(service, alice):
    assert alice.bearer_header != alice.token
    assert service.who_is(alice.bearer_header).json()["user"]["id"] == alice.user_id


def test_the_cookie_as_the_library_set_it_is_recognised(service, alice):
    answer = service.who_is(Cookie=alice.cookie_called(PLAIN_NAME))

    assert (answer.json()["user"]["id"], answer.json()["method"]) == (alice.user_id, "session")


def test_the_cookie_of_a_site_on_https_is_recognised_by_its_other_name(world, service, alice):
    with world.site(SITE_SECURE_COOKIES="1") as site:
        secure = site.sign_in(alice.email)

    assert PLAIN_NAME not in secure.cookies
    assert service.who_is(Cookie=secure.cookie_called(SECURE_NAME)).json()["user"]["id"] == alice.user_id


def test_the_prefix_of_the_cookie_is_a_setting_on_both_sides(world, service, alice):
    with world.site(SITE_COOKIE_PREFIX="acme") as site, world.service(BETTER_AUTH_COOKIE_PREFIX="acme") as configured:
        cookie = site.sign_in(alice.email).cookie_called("acme.session_token")

        assert configured.who_is(Cookie=cookie).json()["user"]["id"] == alice.user_id
        assert service.who_is(Cookie=cookie).refusal() == (401, "authentication_required")


@pytest.mark.parametrize("position", [-2, 5])
def test_a_signature_that_was_changed_is_refused(service, alice, position):
    token, _, signature = unquote(alice.cookies[PLAIN_NAME]).partition(".")
    other = "A" if signature[position] != "A" else "B"
    forged = list(signature)
    forged[position] = other

    assert service.who_is(f"{token}.{''.join(forged)}").refusal() == (401, "invalid_token")


def test_a_signature_is_good_for_its_own_token_only(site, service, alice):
    dave = site.sign_up("dave@credentials.example")
    signature = unquote(dave.cookies[PLAIN_NAME]).partition(".")[2]

    assert service.who_is(f"{alice.token}.{signature}").refusal() == (401, "invalid_token")


def test_a_site_with_another_secret_signs_for_nobody(world, service, alice):
    with world.site(BETTER_AUTH_SECRET="a-secret-that-only-this-site-knows") as stranger:
        signed = stranger.sign_in(alice.email)

    assert service.who_is(Cookie=signed.cookie_called(PLAIN_NAME)).refusal() == (401, "invalid_token")
    assert service.who_is(signed.bearer_header).refusal() == (401, "invalid_token")


def test_a_service_that_requires_signatures_refuses_the_raw_token(world, alice):
    with world.service(BETTER_AUTH_REQUIRE_SIGNED="1") as strict:
        assert strict.who_is(alice.token).refusal() == (401, "invalid_token")
        assert strict.who_is(alice.bearer_header).json()["user"]["id"] == alice.user_id
        assert strict.who_is(Cookie=alice.cookie_called(PLAIN_NAME)).status == 200


def test_a_site_in_another_time_zone_makes_sessions_that_live_as_long(world, service, alice):
    for zone in ("America/New_York", "Asia/Tokyo"):
        with world.site(TZ=zone, PGTZ=zone) as abroad:
            travelling = abroad.sign_in(alice.email)
            theirs = abroad.call("/get-session", Cookie=travelling.cookie).json()["session"]["expiresAt"]

        assert service.who_is(travelling.token).json()["expires_at"][:19] == theirs[:19]
