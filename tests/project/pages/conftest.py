"""Fixtures of the tests of pages."""

from typing import Any

import pytest
from django.test import Client

from authbridge.models import User
from tests.support.api import make_dataset
from tests.support.clients import client_for
from tests.support.pages import ORIGIN, browser_of


@pytest.fixture(autouse=True)
def _trusted(settings: Any) -> None:
    settings.TRUSTED_ORIGINS = [ORIGIN]


@pytest.fixture
def alice_browser(alice: User) -> Client:
    """Alice looks at pages, signed in."""
    return browser_of(alice)


@pytest.fixture
def dataset(alice: User) -> dict[str, Any]:
    """A private dataset of Alice's."""
    return make_dataset(client_for(alice))
