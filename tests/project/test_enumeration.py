"""Who has an account is told to nobody who does not know it: what fails for one reason looks like any other."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User as Staff
from django.test import Client
from rest_framework.test import APIClient

from authbridge.models import User
from credits.models import ApiKeyCredits
from tests.support.api import API, refusal
from tests.support.clients import client_with_token
from tests.support.people import make_session, make_user
from tests.support.strangers import CSRF_TOKEN

pytestmark = pytest.mark.django_db(databases="__all__")

BALANCE = f"{API}/credits/balance"


def told(answer: Any) -> tuple[int, bytes, dict[str, str]]:
    """Return all of an answer but its own id."""
    headers = {name: value for name, value in answer.headers.items() if name not in ("X-Request-ID", "Set-Cookie")}
    return answer.status_code, answer.content, headers


def signed_out(user: User) -> str:
    """Return the token of a session that has ended."""
    session = make_session(user)
    token = session.token
    session.delete()
    return token


def of_a_user_who_is_gone(user: User) -> str:
    """Return the token of somebody who deleted their account."""
    token = make_session(user).token
    user.delete()
    return token


@pytest.mark.parametrize("make", [signed_out, of_a_user_who_is_gone])
def test_a_token_that_was_good_is_refused_like_one_that_never_was(alice: User, make: Callable[[User], str]) -> None:
    answer = client_with_token(make(alice)).get(BALANCE)

    assert told(answer) == told(client_with_token("x" * 32).get(BALANCE))


def revoked(key: ApiKeyCredits) -> None:
    """End a key."""
    ApiKeyCredits.objects.filter(id=key.id).update(revoked_at=datetime.now(UTC))


def expired(key: ApiKeyCredits) -> None:
    """Let a key's time be over."""
    ApiKeyCredits.objects.filter(id=key.id).update(expires_at=datetime.now(UTC) - timedelta(seconds=1))


def orphaned(key: ApiKeyCredits) -> None:
    """Let a key's owner delete their account."""
    User.objects.get(id=key.user_id).delete()


@pytest.mark.parametrize("end", [revoked, expired, orphaned])
def test_a_key_that_was_good_is_refused_like_one_that_never_was(alice_client: APIClient, end: Any) -> None:
    made = alice_client.post(f"{API}/api-keys", {"name": "key"}).json()
    end(ApiKeyCredits.objects.get(id=made["id"]))

    answer = client_with_token(made["key"]).get(BALANCE)

    assert refusal(answer) == (401, "invalid_api_key")
    assert told(answer) == told(client_with_token("fltr_sk_" + "x" * 43).get(BALANCE))


def test_the_admin_does_not_tell_a_wrong_name_from_a_wrong_password(client: Client) -> None:
    Staff.objects.create_superuser("quentin", password="a long password")

    pages = [
        client.post("/admin/login/", {"username": name, "password": "wrong"}).content.decode().replace(name, "")
        for name in ("quentin", "zacharias")
    ]

    assert CSRF_TOKEN.sub("", pages[0]) == CSRF_TOKEN.sub("", pages[1])


@pytest.mark.parametrize("path", ["/credits/add", "/credits/deduct", "/credits/subscription-renewal"])
def test_service_calls_tell_whether_a_user_exists_to_the_site_alone(alice: User, path: str) -> None:
    wrong = {"X-Webhook-Secret": "not the secret"}

    answers = [APIClient().post(API + path, {"user_id": id}, headers=wrong) for id in (alice.id, "unknown")]

    assert told(answers[0]) == told(answers[1])
    assert refusal(answers[0]) == (401, "invalid_token")


def test_nobody_finds_people_by_their_address(alice_client: APIClient) -> None:
    bob = make_user("Bob")

    lists = [alice_client.get(f"{API}/{path}?q={bob.email}").content for path in ("datasets", "teams", "api-keys")]

    assert not [content for content in lists if bob.email.encode() in content or str(bob.id).encode() in content]
