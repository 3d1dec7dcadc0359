"""What a proxy says of a request is believed from trusted proxies alone."""

from typing import Any

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db(databases="__all__")


@pytest.fixture(autouse=True)
def _behind_a_proxy(settings: Any) -> None:
    settings.TRUSTED_PROXIES = ["10.0.0.0/8"]
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    settings.SECURE_SSL_REDIRECT = True


def ask(client: Client, address: str) -> int:
    return client.get("/api/", REMOTE_ADDR=address, headers={"X-Forwarded-Proto": "https"}).status_code


def test_a_trusted_proxy_may_say_that_a_request_came_by_https(client: Client) -> None:
    assert ask(client, "10.1.2.3") == 200


def test_nobody_else_may(client: Client) -> None:
    assert ask(client, "8.8.8.8") == 301
