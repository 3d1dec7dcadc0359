"""Databases as a site and a service leave them, to plant something in."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pytest_django import DjangoDbBlocker

from tests.support.scratch import Scratch, ready_databases, scratch_databases
from tests.support.trial import Trial, in_this_process, lived_in


@pytest.fixture
def trial(tmp_path: Path, request: pytest.FixtureRequest, django_db_blocker: DjangoDbBlocker) -> Iterator[Trial]:
    """A copy of databases that are used, where all is well."""
    with ready_databases(tmp_path, lived_in) as scratch, trial_on(scratch, tmp_path, django_db_blocker) as trial:
        yield trial
    see_that_it_followed(request.function, trial)


@pytest.fixture
def empty_trial(tmp_path: Path, request: pytest.FixtureRequest, django_db_blocker: DjangoDbBlocker) -> Iterator[Trial]:
    """Databases where nobody has been yet."""
    with scratch_databases(tmp_path) as scratch, trial_on(scratch, tmp_path, django_db_blocker) as trial:
        yield trial
    see_that_it_followed(request.function, trial)


@contextmanager
def trial_on(scratch: Scratch, folder: Path, blocker: DjangoDbBlocker) -> Iterator[Trial]:
    """Give a trial on databases, for this process and for commands."""
    own = {"DATA_DIR": str(folder), "STORAGE_URL": str(folder / "uploads"), "DEBUG": "1"}
    with blocker.unblock(), in_this_process(scratch):
        yield Trial(replace(scratch, environment={**scratch.environment, **own}))


def see_that_it_followed(test: Any, trial: Trial) -> None:
    """Fail a test that says which advice it follows, and did not."""
    missed = [each for each in getattr(test, "sentences", []) if not any(map(each.fits, trial.followed))]
    assert not missed, trial.followed
