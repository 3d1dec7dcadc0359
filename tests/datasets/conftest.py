"""Fixtures of the datasets room."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from datasets import storage
from tests.support.api import make_dataset


@pytest.fixture
def dataset(alice_client: APIClient) -> dict[str, Any]:
    """An empty private dataset of Alice's."""
    return make_dataset(alice_client)


@pytest.fixture(autouse=True)
def _no_upload_left_behind() -> Any:
    """See after every test that no upload in progress was forgotten on the disk."""
    yield
    assert not list(storage.incoming_folder().iterdir())
