"""A process is killed at each step between the databases; after `reconcile` its operation is done or undone, once."""

import os
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from authbridge.models import User
from credits.accounts import user_account
from credits.selectors import entries_of
from datasets import storage
from datasets.models import Dataset, Document, Lifecycle, PendingAnswer, ProcessingJob
from datasets.models.document import DocumentStatus
from datasets.models.processing_job import JobStatus
from datasets.services import jobs
from datasets.services.reconcile import reconcile
from tests.support import dying

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)

OWN_MODELS = (Dataset, ProcessingJob, PendingAnswer)


def later() -> None:
    """Let so much time pass that every request which was under way must be dead."""
    for model in OWN_MODELS:
        model._default_manager.update(created_at=timezone.now() - timedelta(minutes=5))
    for path in storage.incoming_folder().iterdir():
        os.utime(path, (0, 0))


def balance(user: User) -> int:
    """Return the user's credits, having checked that the ledger explains them."""
    user.refresh_from_db()
    assert user.credits == sum(entry.amount for entry in entries_of(user_account(user.id)))
    return user.credits


def settle(user: User) -> int:
    """Reconcile, see that a second time changes nothing, and return the balance."""
    later()
    reconcile()
    first = balance(user)
    later()
    reconcile()
    assert balance(user) == first
    return first


def die(operation: str, user: User, step: str) -> None:
    dying.run_until_death(operation, user.id, step=step)


@pytest.fixture
def dataset(alice: User) -> Dataset:
    """A dataset of Alice's, made before anything died."""
    dying.create_dataset(alice.id)
    return Dataset.objects.get()


@pytest.fixture
def queued(alice: User, dataset: Dataset) -> ProcessingJob:
    """A job that is paid for and waits."""
    dying.upload(alice.id)
    return ProcessingJob.objects.get()


def test_a_dataset_that_was_not_paid_for_is_undone(alice: User) -> None:
    die("create_dataset", alice, "dataset:intended")

    assert settle(alice) == 100
    assert not Dataset.objects.active().exists()


def test_a_dataset_that_was_paid_for_is_finished(alice: User) -> None:
    die("create_dataset", alice, "dataset:charged")

    assert settle(alice) == 98
    assert Dataset.objects.active().count() == 1


@pytest.mark.parametrize("step", ["upload:intended", "upload:stored"])
def test_an_upload_that_was_not_paid_for_is_undone(alice: User, dataset: Dataset, step: str) -> None:
    die("upload", alice, step)

    assert settle(alice) == 98
    assert not Document.objects.active().exists()
    assert ProcessingJob.objects.get().status == JobStatus.CANCELLED


def test_an_upload_that_may_still_be_under_way_is_left_alone(alice: User, dataset: Dataset) -> None:
    die("upload", alice, "upload:stored")

    reconcile()

    assert ProcessingJob.objects.get().status == JobStatus.AWAITING_PAYMENT


def test_after_it_was_undone_the_same_bytes_can_be_uploaded(alice: User, dataset: Dataset) -> None:
    die("upload", alice, "upload:stored")
    settle(alice)

    dying.upload(alice.id)

    assert balance(alice) == 96
    assert Document.objects.active().count() == 1


def test_an_upload_that_was_paid_for_is_finished(alice: User, dataset: Dataset) -> None:
    die("upload", alice, "upload:charged")

    assert settle(alice) == 96
    assert Document.objects.active().get().credits_charged == 2
    assert ProcessingJob.objects.get().status == JobStatus.QUEUED


def test_a_retry_that_was_paid_for_is_finished(alice: User, queued: ProcessingJob) -> None:
    jobs.cancel(queued)
    die("retry", alice, "upload:charged")

    assert settle(alice) == 96
    assert Document.objects.active().get().status == DocumentStatus.PENDING


@pytest.mark.parametrize("step", ["refund:due", "refund:given"])
def test_a_refund_that_broke_off_is_given_once(alice: User, queued: ProcessingJob, step: str) -> None:
    die("cancel", alice, step)

    assert settle(alice) == 98
    assert Document.objects.active().get().status == DocumentStatus.FAILED


def test_a_charge_that_the_ledger_has_lost_stops_no_other_refund(alice: User, queued: ProcessingJob) -> None:
    lost = {"transaction_id": str(uuid.uuid4()), "refund_due": True}
    ProcessingJob.objects.filter(id=queued.id).update(**lost)
    die("query", alice, "query:charged")

    assert settle(alice) == 96
    assert not ProcessingJob.objects.filter(refund_due=True).exists()


def test_a_query_that_was_announced_only_costs_nothing(alice: User, dataset: Dataset) -> None:
    die("query", alice, "query:announced")

    assert settle(alice) == 98


def test_a_charge_that_may_still_come_is_waited_for(alice: User, dataset: Dataset) -> None:
    die("query", alice, "query:announced")

    settle(alice)

    assert PendingAnswer.objects.get().refund_due


def test_a_query_that_was_charged_and_not_answered_is_refunded(alice: User, dataset: Dataset) -> None:
    die("query", alice, "query:charged")
    assert balance(alice) == 97

    assert settle(alice) == 98


def test_a_charge_that_comes_after_the_upload_was_undone_goes_back(
    alice: User, dataset: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    from datasets.services import documents

    charge_intent: Callable[..., Any] = documents.charge_intent

    def slow_charge(*args: Any, **kwargs: Any) -> Any:
        later()
        reconcile()
        return charge_intent(*args, **kwargs)

    monkeypatch.setattr(documents, "charge_intent", slow_charge)

    with pytest.raises(Exception, match="Send it again"):
        dying.upload(alice.id)

    assert balance(alice) == 98
    assert not Document.objects.active().exists()


def test_what_was_withdrawn_is_swept_away_after_a_day(alice: User, dataset: Dataset) -> None:
    die("upload", alice, "upload:stored")
    settle(alice)

    ProcessingJob.objects.update(created_at=timezone.now() - timedelta(days=2))
    Document.objects.update(created_at=timezone.now() - timedelta(days=2))
    reconcile()

    assert not Document.objects.exists()
    assert Dataset.objects.get().lifecycle == Lifecycle.ACTIVE
