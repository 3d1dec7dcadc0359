"""Callers by Better Auth's own cookie."""

from typing import Any

import pytest
from django.conf import settings as django_settings
from rest_framework.test import APIClient

from authbridge.models import Session, User
from authbridge.tokens import cookie_value, sign
from tests.support.api import API, DATASETS, balance, refusal
from tests.support.people import make_session

pytestmark = pytest.mark.django_db(databases="__all__")

SITE = "https://site.example"
NAME = "better-auth.session_token"


@pytest.fixture(autouse=True)
def _trusted(settings: Any) -> None:
    settings.TRUSTED_ORIGINS = [SITE]


def browser(session: Session, name: str = NAME) -> APIClient:
    client = APIClient()
    client.cookies[name] = cookie_value(session.token, django_settings.BETTER_AUTH_SECRET)
    return client


@pytest.mark.parametrize("name", [NAME, f"__Secure-{NAME}"])
def test_a_signed_cookie_tells_who_is_calling(alice: User, alice_session: Session, name: str) -> None:
    body = browser(alice_session, name).get(f"{API}/auth/session").json()

    assert (body["user"]["id"], body["method"]) == (str(alice.id), "session")


def test_the_prefix_of_the_cookie_can_be_chosen(alice_session: Session, settings: Any) -> None:
    settings.BETTER_AUTH_COOKIE_PREFIX = "fltr"

    browsers = {prefix: browser(alice_session, f"{prefix}.session_token") for prefix in ("fltr", "x")}

    answers = {prefix: browser.get(f"{API}/auth/session") for prefix, browser in browsers.items()}

    assert {prefix: answer.status_code for prefix, answer in answers.items()} == {"fltr": 200, "x": 401}


BAD = ["", "x", "x.y", "%00", "ä", sign("a" * 32, "another secret"), "a" * 5_000]


@pytest.mark.parametrize("value", BAD, ids=lambda value: ascii(value)[:20])
@pytest.mark.parametrize("path", [f"{API}/auth/session", DATASETS], ids=["needed", "not needed"])
def test_a_bad_cookie_is_refused_even_where_none_is_needed(value: str, path: str) -> None:
    answer = APIClient().get(path, headers={"Cookie": f"{NAME}={value}"})

    assert refusal(answer) == (401, "invalid_token")


def test_a_cookie_must_be_signed(alice_session: Session) -> None:
    answer = APIClient().get(DATASETS, headers={"Cookie": f"{NAME}={alice_session.token}"})

    assert refusal(answer) == (401, "invalid_token")


def test_the_cookie_of_an_expired_session_says_so(alice: User) -> None:
    from datetime import timedelta

    session = make_session(alice, lifetime=timedelta(seconds=-1))

    assert refusal(browser(session).get(DATASETS)) == (401, "session_expired")


def test_an_unsafe_call_from_a_trusted_page_is_done(alice_session: Session) -> None:
    answer = browser(alice_session).post(DATASETS, {"name": "Notes"}, headers={"Origin": SITE})

    assert answer.status_code == 201


ORIGINS = [None, "", "null", "https://evil.example", f"{SITE}.evil.example", f"{SITE}:8443", "http://site.example"]


@pytest.mark.parametrize("origin", ORIGINS)
@pytest.mark.parametrize("method", ["post", "patch", "put", "delete"])
def test_an_unsafe_call_from_anywhere_else_is_refused(alice_session: Session, origin: str | None, method: str) -> None:
    client = browser(alice_session)
    headers = {} if origin is None else {"Origin": origin}

    answer = getattr(client, method)(
        f"{DATASETS}/any" if method != "post" else DATASETS, {"name": "N"}, headers=headers
    )

    assert refusal(answer) == (403, "permission_denied")
    assert balance(client) == 100


def test_a_bad_cookie_is_told_before_a_bad_origin(alice: User) -> None:
    client = APIClient()
    client.cookies[NAME] = "x.y"

    answer = client.post(DATASETS, {"name": "N"}, headers={"Origin": "https://evil.example"})

    assert refusal(answer) == (401, "invalid_token")


def test_an_explicit_credential_goes_before_the_cookie(alice_session: Session, bob: User) -> None:
    client = browser(alice_session)

    mine = client.get(f"{API}/auth/session", headers={"Authorization": f"Bearer {make_session(bob).token}"})
    bad = client.get(f"{API}/auth/session", headers={"Authorization": "Bearer nobody's"})

    assert mine.json()["user"]["id"] == str(bob.id)
    assert refusal(bad) == (401, "invalid_token")


def test_other_cookies_are_nobodys(alice_session: Session) -> None:
    answer = APIClient().get(DATASETS, headers={"Cookie": "theme=dark; better-auth.session_data=x; sessionid=y"})

    assert answer.status_code == 200
