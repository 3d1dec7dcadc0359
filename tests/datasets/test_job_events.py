"""A job can be watched."""

import json
from typing import Any

import pytest
from rest_framework.test import APIClient

from authbridge.models import User
from datasets.models import Dataset, ProcessingJob
from datasets.services import jobs
from datasets.views import events
from tests.support import dying
from tests.support.api import refusal

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)


@pytest.fixture
def job(alice: User) -> ProcessingJob:
    """A job of Alice's that waits."""
    dying.create_dataset(alice.id)
    dying.upload(alice.id)
    return ProcessingJob.objects.get(dataset=Dataset.objects.get())


@pytest.fixture(autouse=True)
def _quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "LOOK_EVERY_S", 0.01)
    monkeypatch.setattr(events, "LONGEST_STREAM_S", 0.3)


def watch(client: APIClient, job: ProcessingJob) -> Any:
    return client.get(f"/api/v1/jobs/{job.id}/events", headers={"Accept": "text/event-stream"})


def statuses(stream: bytes) -> list[str]:
    lines = [line for line in stream.decode().splitlines() if line.startswith("data: ")]
    return [json.loads(line.removeprefix("data: "))["status"] for line in lines]


def test_a_stream_tells_each_change_and_ends_with_the_job(alice_client: APIClient, job: ProcessingJob) -> None:
    answer = watch(alice_client, job)
    parts = iter(answer.streaming_content)
    first = next(parts)
    jobs.cancel(job)
    rest = b"".join(parts)
    answer.close()

    assert answer["Content-Type"] == "text/event-stream"
    assert statuses(first + rest) == ["queued", "cancelled"]


def test_a_stream_of_a_job_that_does_not_move_ends_after_a_while(alice_client: APIClient, job: ProcessingJob) -> None:
    answer = watch(alice_client, job)

    assert statuses(b"".join(answer.streaming_content)) == ["queued"]
    answer.close()


def test_a_silent_stream_gives_a_sign_of_life(
    alice_client: APIClient, job: ProcessingJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "HEARTBEAT_EVERY_S", 0.05)
    answer = watch(alice_client, job)

    assert b": still here" in b"".join(answer.streaming_content)
    answer.close()


def test_streams_are_few_at_once_and_give_their_place_back(alice_client: APIClient, job: ProcessingJob) -> None:
    open_streams = [watch(alice_client, job) for _ in range(events.MOST_STREAMS_EACH)]

    refused = watch(alice_client, job)
    for answer in open_streams:
        answer.close()
    after = watch(alice_client, job)
    after.close()

    assert refusal(refused) == (429, "rate_limit_exceeded")
    assert refused.headers["Retry-After"] == "1"
    assert after.status_code == 200


def test_a_full_process_asks_everybody_to_come_back(
    alice_client: APIClient, job: ProcessingJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "MOST_STREAMS", 0)

    assert refusal(watch(alice_client, job)) == (503, "service_unavailable")


def test_nobody_else_can_watch(bob_client: APIClient, job: ProcessingJob) -> None:
    assert refusal(watch(bob_client, job)) == (404, "job_not_found")
