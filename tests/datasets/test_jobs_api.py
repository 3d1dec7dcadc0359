"""Watching and cancelling background work."""

import re
import uuid
from typing import Any

import pytest
from rest_framework.test import APIClient

from tests.support.api import API, DATASETS, UNKNOWN_ID, balance, refusal, upload_text
from tests.support.jobs import do_jobs

pytestmark = [pytest.mark.django_db(databases="__all__"), pytest.mark.usefixtures("memory_vectors")]

FIELDS = {
    "id", "document_id", "dataset_id", "status", "stage", "progress", "retries", "error", "created_at", "started_at",
    "finished_at",
}  # fmt: skip


def jobs_of(client: APIClient, dataset: dict[str, Any]) -> list[dict[str, Any]]:
    jobs: list[dict[str, Any]] = client.get(f"{DATASETS}/{dataset['id']}/jobs").json()["jobs"]
    return jobs


def test_an_upload_has_a_job_that_tells_how_far_it_is(alice_client: APIClient, dataset: dict[str, Any]) -> None:
    document = upload_text(alice_client, dataset, "Some text").json()

    (job,) = jobs_of(alice_client, dataset)

    assert set(job) == FIELDS
    assert (job["document_id"], job["dataset_id"]) == (document["document_id"], dataset["id"])
    assert (job["status"], job["progress"], job["retries"], job["error"]) == ("queued", 0, 0, None)
    assert (job["started_at"], job["finished_at"]) == (None, None)
    assert alice_client.get(f"{API}/jobs/{job['id']}").json() == job


def test_a_job_that_is_done_says_so(alice_client: APIClient, dataset: dict[str, Any]) -> None:
    upload_text(alice_client, dataset, "Some text")
    do_jobs()

    (job,) = jobs_of(alice_client, dataset)

    assert (job["status"], job["progress"], job["error"]) == ("succeeded", 1, None)
    assert all(re.fullmatch(r"[0-9T:.-]+Z", job[time]) for time in ("created_at", "started_at", "finished_at"))


def test_jobs_are_listed_newest_first(alice_client: APIClient, dataset: dict[str, Any]) -> None:
    documents = [upload_text(alice_client, dataset, text).json()["document_id"] for text in ("One", "Two")]

    assert [job["document_id"] for job in jobs_of(alice_client, dataset)] == documents[::-1]


def test_a_cancelled_job_leaves_a_failed_document_and_gives_the_credits_back(
    alice_client: APIClient, dataset: dict[str, Any]
) -> None:
    document = upload_text(alice_client, dataset, "Some text").json()
    (job,) = jobs_of(alice_client, dataset)

    answer = alice_client.post(f"{API}/jobs/{job['id']}/cancel")

    assert (answer.status_code, answer.json()["status"]) == (200, "cancelled")
    after = alice_client.get(f"{DATASETS}/{dataset['id']}/documents/{document['document_id']}").json()
    assert (after["status"], after["error"]["code"], after["credits_charged"]) == ("failed", "cancelled", 0)
    assert balance(alice_client) == 98


def test_a_job_is_cancelled_once(alice_client: APIClient, dataset: dict[str, Any]) -> None:
    upload_text(alice_client, dataset, "Some text")
    (job,) = jobs_of(alice_client, dataset)
    alice_client.post(f"{API}/jobs/{job['id']}/cancel")

    again = alice_client.post(f"{API}/jobs/{job['id']}/cancel")

    assert refusal(again) == (409, "conflict")
    assert balance(alice_client) == 98


def test_a_job_that_is_done_cannot_be_cancelled(alice_client: APIClient, dataset: dict[str, Any]) -> None:
    upload_text(alice_client, dataset, "Some text")
    do_jobs()
    (job,) = jobs_of(alice_client, dataset)

    assert refusal(alice_client.post(f"{API}/jobs/{job['id']}/cancel")) == (409, "conflict")
    assert balance(alice_client) == 96


@pytest.mark.parametrize("id", [UNKNOWN_ID, "%00", "none", "x" * 5_000])
def test_a_job_that_is_not_there_is_not_found(alice_client: APIClient, id: str) -> None:
    answers = [alice_client.get(f"{API}/jobs/{id}"), alice_client.post(f"{API}/jobs/{id}/cancel")]

    assert {refusal(answer) for answer in answers} == {(404, "job_not_found")}


def test_jobs_of_somebody_else_answer_exactly_as_unknown_ones(
    alice_client: APIClient, bob_client: APIClient, dataset: dict[str, Any]
) -> None:
    upload_text(alice_client, dataset, "Some text")
    (job,) = jobs_of(alice_client, dataset)

    theirs, unknown = (bob_client.get(f"{API}/jobs/{id}") for id in (job["id"], uuid.uuid4()))

    assert theirs.status_code == unknown.status_code == 404
    assert theirs.content == unknown.content


def test_jobs_need_an_account(anonymous_client: APIClient, dataset: dict[str, Any]) -> None:
    answers = [anonymous_client.get(path) for path in (f"{API}/jobs/x", f"{DATASETS}/{dataset['id']}/jobs")]

    assert {refusal(answer) for answer in answers} == {(401, "authentication_required")}
