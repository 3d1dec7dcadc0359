"""A person signs a browser in with a session token, and out again."""

from datetime import timedelta

import pytest

from authbridge import tokens
from tests.support import people
from tests.support.pages import BALANCE, COOKIE, SIGN_IN, Page, browser, browser_of, look_at

pytestmark = pytest.mark.django_db(databases="__all__")


def test_a_token_becomes_the_cookie_that_better_auth_would_set(alice_session, settings):
    answer = browser().post(SIGN_IN, {"token": alice_session.token})

    cookie = answer.cookies[COOKIE]
    assert answer["Location"] == "/api/"
    assert cookie.value == tokens.cookie_value(alice_session.token, settings.BETTER_AUTH_SECRET)
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/")


def test_the_cookie_opens_the_api(alice, alice_session):
    client = browser()

    client.post(SIGN_IN, {"token": alice_session.token})

    assert alice.email in look_at(client, BALANCE).text


def test_over_https_the_cookie_is_secure(alice_session):
    answer = browser().post(SIGN_IN, {"token": alice_session.token}, secure=True)

    assert answer.cookies[f"__Secure-{COOKIE}"]["secure"]


def test_a_stale_cookie_of_the_other_name_goes(alice, alice_session):
    client = browser_of(alice, lifetime=timedelta(hours=-1))
    client.cookies[f"__Secure-{COOKIE}"] = "stale"

    client.post(SIGN_IN, {"token": alice_session.token})

    assert alice.email in look_at(client, BALANCE).text


@pytest.mark.parametrize("token", ["nonsense", "a b", "x.y", "", "%00", "é" * 40, "x" * 500])
def test_a_bad_token_is_refused_in_words(token):
    answer = browser().post(SIGN_IN, {"token": token})

    assert answer.status_code == 400
    assert COOKIE not in answer.cookies
    assert "errorlist" in answer.content.decode()


def test_an_expired_session_is_refused_in_words(alice):
    session = people.make_session(alice, lifetime=timedelta(hours=-1))

    assert "expired" in Page(browser().post(SIGN_IN, {"token": session.token})).text


def test_without_the_secret_it_says_what_is_missing(alice_session, settings):
    settings.BETTER_AUTH_SECRET = ""

    page = Page(browser().post(SIGN_IN, {"token": alice_session.token}))

    assert "BETTER_AUTH_SECRET is not set" in page.text


def test_it_leads_back_to_where_one_was(alice_session):
    login = look_at(browser(), f"{BALANCE}?x=1").links["Sign in with a token"]

    assert browser().post(login, {"token": alice_session.token})["Location"] == f"{BALANCE}?x=1"


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_it_leads_nowhere_else(alice_session, elsewhere):
    answer = browser().post(f"{SIGN_IN}?next={elsewhere}", {"token": alice_session.token})

    assert answer["Location"] == "/api/"


def test_a_form_from_another_site_is_refused(alice_session):
    client = browser()
    client.handler.enforce_csrf_checks = True

    assert client.post(SIGN_IN, {"token": alice_session.token}).status_code == 403


def test_signing_out_forgets_the_cookie(alice, alice_browser):
    alice_browser.post("/api/sign-out")

    assert alice.email not in look_at(alice_browser, "/api/").text
