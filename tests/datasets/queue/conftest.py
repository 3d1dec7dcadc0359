"""A clock that stands still, and jobs about nothing in particular."""

import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from datasets.models import Dataset, Lifecycle, ProcessingJob
from datasets.queue.models import JobStatus

NOON = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)


class Clock:
    """The time, which goes on only when it is told to."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **by: float) -> None:
        """Let so much time pass."""
        self.now += timedelta(**by)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Stop the clock at noon."""
    clock = Clock()
    monkeypatch.setattr(timezone, "now", clock)
    return clock


@pytest.fixture
def make_job(clock: Clock) -> Callable[..., ProcessingJob]:
    """Return a function that makes a queued job, due now: `make_job(run_after=…)`."""
    dataset = Dataset.objects.create(
        owner_id=uuid.uuid4(),
        name="Any",
        slug=f"any-{uuid.uuid4().hex[:8]}",
        collection_name="any",
        embedding_model="any",
        embedding_dimension=1,
        lifecycle=Lifecycle.ACTIVE,
    )

    def make(**fields: Any) -> ProcessingJob:
        defaults = {"status": JobStatus.QUEUED, "kind": "purge", "run_after": clock.now, "created_at": clock.now}
        return ProcessingJob.objects.create(dataset=dataset, **{**defaults, **fields})

    return make
