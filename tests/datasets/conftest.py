"""Fixtures of the datasets room."""

from typing import Any

import pytest

from datasets import storage


@pytest.fixture(autouse=True)
def _no_upload_left_behind() -> Any:
    """See after every test that no upload in progress was forgotten on the disk."""
    yield
    assert not list(storage.incoming_folder().iterdir())
