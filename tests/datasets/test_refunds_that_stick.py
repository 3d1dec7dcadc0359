"""A refund that the ledger cannot book stops no other and no deletion: it stays owed, and is told by name, once."""

import logging
import uuid
from datetime import timedelta

import pytest
from django.db import connections
from django.utils import timezone

from credits.accounts import user_account
from credits.proof.verification import verify
from credits.selectors import entries_of
from credits.services import Payer, add_credits, deduct_credits
from datasets.doctor import examine_debts
from datasets.models import Document, PendingAnswer, ProcessingJob
from datasets.services import intents, jobs
from datasets.services.intents import intent_of
from datasets.services.reconcile import reconcile
from tests.support.api import documents_of, upload_text
from tests.support.sql import execute
from tests.support.threads import at_once

pytestmark = pytest.mark.django_db(databases="__all__")

FULL = 2**31 - 1


def fill_up(user):
    """Leave no room in somebody's balance."""
    user.refresh_from_db()
    add_credits(user_id=user.id, amount=FULL - user.credits, type="bonus", idempotency_key=f"full-{uuid.uuid4()}")


def owe(user, amount=3):
    """Leave word of a charge whose answer never went out."""
    key = f"vector_query:{uuid.uuid4()}"
    deduct_credits(user_id=user.id, amount=amount, operation="vector_query", idempotency_key=key)
    intent = intent_of(Payer(user_account(user.id)), price=amount, charge_key=key)
    return PendingAnswer.objects.create(**intent, created_at=timezone.now() - timedelta(minutes=5))


def refunds_of(user):
    return entries_of(user_account(user.id), type="refund").count()


def test_a_balance_that_is_full_keeps_nobody_elses_refund(alice, bob):
    owe(alice), owe(bob)
    fill_up(alice)

    report = reconcile()

    assert (report.refunded, refunds_of(bob), refunds_of(alice)) == (1, 1, 0)
    assert PendingAnswer.objects.get().refund_due


def test_what_is_owed_is_given_once_there_is_room(alice):
    owe(alice)
    fill_up(alice)
    reconcile()
    deduct_credits(user_id=alice.id, amount=10, operation="vector_query")

    assert reconcile().refunded == 1

    assert refunds_of(alice) == 1
    assert not PendingAnswer.objects.exists()
    assert verify().problems == []


@pytest.mark.postgresql
def test_a_check_of_the_sites_keeps_nobody_elses_refund_and_is_told_as_such(alice, bob):
    owe(alice), owe(bob)
    execute(f"ALTER TABLE users ADD CONSTRAINT cap CHECK (name <> '{alice.name}' OR credits < 100)")

    assert reconcile().refunded == 1

    assert "refuses a balance of 100 credits by a rule of its own" in PendingAnswer.objects.get().stuck_because


def test_the_report_names_what_is_owed_and_the_log_does_once(alice, caplog):
    owed = owe(alice)
    fill_up(alice)

    with caplog.at_level(logging.ERROR, logger="datasets"):
        reports = [reconcile(), reconcile()]

    assert [report.stuck for report in reports] == [[f"PendingAnswer {owed.pk}"]] * 2
    assert not any(reports)
    [line] = caplog.messages
    assert str(owed.pk) in line
    assert f"user {alice.id}" in line
    assert "BalanceTooLarge: The balance would grow beyond 2,147,483,647 credits." in line


def test_the_doctor_says_how_much_is_owed_to_whom_and_why(alice):
    assert examine_debts().level == "green"
    owed = owe(alice)
    fill_up(alice)
    reconcile()

    finding = examine_debts()

    assert finding.level == "yellow"
    assert f"3 credits are owed and cannot be given back: 3 to user {alice.id} for {owed.charge_key}" in finding.message
    assert "BalanceTooLarge" in finding.message


def test_what_is_settled_is_not_reported_again(alice):
    owe(alice)

    assert [str(reconcile())[:30] for _ in range(2)] == [
        "0 finished, 0 undone, 1 refund",
        "0 finished, 0 undone, 0 refund",
    ]


def test_an_intent_that_cannot_be_finished_stops_no_refund(alice, alice_client, bob, dataset, monkeypatch):
    upload_text(alice_client, dataset, "Water boils.")
    ProcessingJob.objects.update(status="awaiting_payment", created_at=timezone.now() - timedelta(minutes=5))
    owe(bob)
    monkeypatch.setattr(jobs, "enqueue", lambda *_: (_ for _ in ()).throw(jobs.DatabaseError("no")))

    report = reconcile()

    assert (report.refunded, refunds_of(bob)) == (1, 1)
    assert report.stuck == [f"ProcessingJob {ProcessingJob.objects.get().pk}"]


def test_a_document_can_be_deleted_though_its_refund_cannot_be_booked(alice, alice_client, dataset):
    upload_text(alice_client, dataset, "Water boils.")
    fill_up(alice)

    answer = alice_client.delete(f"{documents_of(dataset)}/{Document.objects.get().id}")

    assert answer.status_code == 204
    assert ProcessingJob.objects.get(kind="process").refund_due
    assert verify().problems == []


def test_a_job_can_be_cancelled_though_the_user_database_is_away(alice_client, dataset, monkeypatch):
    upload_text(alice_client, dataset, "Water boils.")
    monkeypatch.setattr(intents, "give_back", lambda *_, **__: (_ for _ in ()).throw(jobs.DatabaseError("away")))
    monkeypatch.setattr(intents, "is_known_away", lambda: True)

    assert jobs.cancel(ProcessingJob.objects.get())

    assert ProcessingJob.objects.get().refund_due
    assert ProcessingJob.objects.get().stuck_because is None


@pytest.mark.django_db(databases="__all__", transaction=True)
def test_four_at_once_report_each_refund_once(alice, alice_client, dataset):
    for number in range(10):
        owe(alice)
        upload_text(alice_client, dataset, f"Text {number}.")
    ProcessingJob.objects.update(status="failed", refund_due=True)
    connections.close_all()

    reports = at_once(lambda _: reconcile(), times=4)

    assert sum(report.refunded for report in reports) == 20
    assert refunds_of(alice) == 20
    alice.refresh_from_db()
    assert alice.credits == 98
    assert not any(at_once(lambda _: reconcile(), times=4))
