"""A running instance, and a real browser to look at it with."""

from collections.abc import Iterator

import pytest

from tests.browser.chromium import Chromium, find
from tests.support.engine import short_folder
from tests.support.instance import Instance, instance_in


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of Chromium."""
    path = find()
    if path is None:
        pytest.skip("needs Chromium, e.g. `apt-get install chromium`")
    return path


@pytest.fixture(scope="module")
def instance(chromium: str) -> Iterator[Instance]:
    """An instance as `make run` starts it."""
    with short_folder() as folder, instance_in(folder, RATE_LIMITS="off", AUTH_FAILURE_LIMIT="off") as instance:
        instance.start()
        yield instance
        instance.press_ctrl_c()


@pytest.fixture
def page(chromium: str) -> Iterator[Chromium]:
    """The only page of a browser that was never used before."""
    with Chromium(chromium) as page:
        yield page
