"""verify_crossing finds what is there unpaid and what was paid for and is not there, names it, and settles it."""

import json
import uuid
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from credits.models import CreditTransaction
from credits.proof.verification import verify
from credits.services import create_api_key, deduct_credits, give_back, refund_by_staff, revoke_api_key
from datasets.models import Dataset, Document, ProcessingJob, PurgedResource, PurgeHorizon
from datasets.proof import charges, payables
from datasets.services import crossing, jobs
from datasets.services.crossing import verify_crossing
from datasets.services.purges import REMEMBERED_FOR
from tests.support.api import documents_of, path_of, upload_text
from tests.support.append_only import without_triggers
from tests.support.clients import client_with_token
from tests.support.jobs import do_jobs
from tests.support.sql import execute

pytestmark = pytest.mark.django_db(databases="__all__")


@pytest.fixture(autouse=True)
def _from_the_beginning(monkeypatch):
    """Look at everything, however new it is."""
    PurgeHorizon.objects.all().delete()
    monkeypatch.setattr(crossing, "PATIENCE", timedelta(0))


@pytest.fixture
def job(alice_client, dataset, memory_vectors):
    """The job of a document that is ready; Alice has 96 credits left."""
    upload_text(alice_client, dataset, "Water boils at 100 degrees.")
    return do_jobs()[0]


def run(*arguments):
    """Return the command's exit code and what it printed."""
    out = StringIO()
    try:
        call_command("verify_crossing", *arguments, stdout=out)
    except SystemExit as stopped:
        return stopped.code, out.getvalue()
    return 0, out.getvalue()


def found():
    return [difference.kind.value for difference in verify_crossing().differences]


def settle(*arguments):
    """Settle, and see that a second run finds nothing to do and that the money rules hold."""
    code, text = run("--settle", *arguments)
    assert code == 0, text
    assert run("--settle", *arguments)[0] == 0
    assert found() == []
    return text


def credits_of(user):
    user.refresh_from_db()
    return user.credits


def charged(user, **columns):
    return CreditTransaction.objects.filter(user_id=user.id, type="usage", **columns)


def lose(entry):
    """Have the ledger be from before a charge, as an older copy is."""
    with without_triggers():
        execute("DELETE FROM credit_transactions WHERE id = %s", entry.id)
    execute("UPDATE users SET credits = credits - %s WHERE id = %s", entry.amount, entry.user_id)


def age_all_charges():
    """Have all charges be of one moment long ago."""
    with without_triggers():
        CreditTransaction.objects.update(created_at=datetime(2026, 1, 1, tzinfo=UTC))


def forget(document):
    """Have this side be from before a document, as an older copy is."""
    Document.objects.filter(id=document.id).delete()


def test_whatever_the_service_itself_did_is_in_order(alice, alice_client, dataset, job, monkeypatch):
    upload_text(alice_client, dataset, "To be cancelled.")
    jobs.cancel(ProcessingJob.objects.get(status="queued"))
    upload_text(alice_client, dataset, "To be retried.")
    failed = ProcessingJob.objects.get(status="queued")
    jobs.cancel(failed)
    alice_client.post(f"{documents_of(dataset)}/{failed.document_id}/retry")
    alice_client.delete(f"{documents_of(dataset)}/{job.document_id}")
    do_jobs()

    assert found() == []
    assert run()[0] == 0
    assert not Document.objects.filter(id=job.document_id).exists()


def test_what_was_purged_with_its_dataset_is_in_order(alice_client, dataset, job):
    alice_client.delete(path_of(dataset))
    do_jobs()

    assert not Dataset.objects.exists()
    assert found() == []
    assert PurgedResource.objects.count() == 1


def test_a_document_whose_charge_the_ledger_does_not_have_is_found(alice, job):
    lose(charged(alice).get(id=job.transaction_id))

    [difference] = verify_crossing().differences

    assert (difference.kind, difference.credits, difference.account_id) == ("unpaid", 2, alice.id)
    assert (difference.document_id, difference.transaction_id) == (job.document_id, job.transaction_id)


def test_it_is_charged_under_its_own_key_once(alice, job):
    lose(charged(alice).get(id=job.transaction_id))

    text = settle()

    job.refresh_from_db()
    again = charged(alice).get(idempotency_key=job.charge_key)
    assert (job.transaction_id, credits_of(alice)) == (again.id, 96)
    assert f"Charging user {alice.id} 2 credits.\n  Charged: 2 credits by {again.id}." in text
    assert [problem for problem in verify().problems if problem.rule] == []


def test_what_its_owner_cannot_pay_is_said_and_left(alice, job):
    lose(charged(alice).get(id=job.transaction_id))
    deduct_credits(user_id=alice.id, amount=credits_of(alice), operation="vector_query")

    code, text = run("--settle")

    assert code == 1
    assert "Left as it is: This needs 2 credits and 0 are available." in text
    assert found() == ["unpaid"]


def test_with_forgive_what_is_there_stays_for_nothing(alice, job):
    lose(charged(alice).get(id=job.transaction_id))

    settle("--forgive")

    assert credits_of(alice) == 98
    assert Document.objects.get().credits_charged == 0


def test_a_dataset_whose_charge_the_ledger_does_not_have_is_found_and_charged(alice, dataset):
    lose(charged(alice).get())
    assert found() == ["unpaid"]

    settle()

    assert credits_of(alice) == 98
    assert Dataset.objects.get().transaction_id == charged(alice).get().id


def test_a_charge_whose_document_is_not_here_is_found_and_given_back(alice, job):
    forget(job.document)
    [difference] = verify_crossing().differences
    assert (difference.kind, difference.transaction_id) == ("paid_for_nothing", job.transaction_id)
    assert difference.document_id == str(job.document_id)

    settle()

    assert credits_of(alice) == 98
    assert [problem for problem in verify().problems if problem.rule] == []


def test_a_charge_whose_dataset_is_not_here_is_found_and_given_back(alice, dataset):
    Dataset.objects.all().delete()
    assert found() == ["paid_for_nothing"]

    settle()

    assert credits_of(alice) == 100


def test_a_charge_for_an_attempt_that_is_not_here_is_found(alice, alice_client, dataset, job):
    key = f"document_upload:{job.document_id}:2"
    deduct_credits(
        user_id=alice.id, amount=2, operation="document_upload", resource_id=str(job.document_id), idempotency_key=key
    )

    assert found() == ["paid_for_nothing"]


@pytest.mark.parametrize("key", [None, "site:evt_1", "document_upload:{id}", "document_upload:{id}:1:x"])
def test_what_the_site_charged_for_is_not_ours(alice, key):
    id = str(uuid.uuid4())
    deduct_credits(
        user_id=alice.id,
        amount=2,
        operation="document_upload",
        resource_id=id,
        idempotency_key=key and key.format(id=id),
    )

    assert found() == []


def test_a_document_whose_charge_was_given_back_is_found_and_charged_anew(alice, job):
    give_back(job.transaction_id, reason="A lost timeline.")
    assert found() == ["refunded"]

    settle()

    job.refresh_from_db()
    assert (credits_of(alice), job.charge_key) == (96, f"document_upload:{job.document_id}:1:again")
    assert [problem for problem in verify().problems if problem.rule] == []


def test_what_staff_gave_back_for_reasons_of_theirs_is_in_order(alice, job):
    refund_by_staff(transaction_id=job.transaction_id, reason="A present.", by="staff")

    assert found() == []


@pytest.mark.parametrize("names_its_charge", [True, False])
def test_a_failed_document_whose_charge_was_not_given_back_is_found_and_settled(alice, job, names_its_charge):
    ProcessingJob.objects.update(status="failed", transaction_id=job.transaction_id if names_its_charge else None)
    Document.objects.update(status="failed")
    assert found() == ["not_given_back"]

    settle()

    assert credits_of(alice) == 98


def test_what_reconcile_will_give_back_or_finish_is_in_order(job):
    ProcessingJob.objects.update(status="failed", refund_due=True)
    assert found() == []

    ProcessingJob.objects.update(status="awaiting_payment", refund_due=False, transaction_id=None)
    assert found() == []


@pytest.mark.parametrize("amount", [1, 3])
def test_another_amount_than_was_intended_is_found_and_written_down(alice, job, amount):
    ProcessingJob.objects.update(price=amount)
    assert found() == ["paid_otherwise"]

    settle()

    assert (credits_of(alice), ProcessingJob.objects.get().price) == (96, 2)


def test_another_account_than_was_intended_is_found_and_written_down(alice, bob, job):
    ProcessingJob.objects.update(payer_id=bob.id, payer_user_id=bob.id)
    assert found() == ["paid_otherwise"]

    settle()

    assert ProcessingJob.objects.get().payer_id == alice.id
    assert (credits_of(alice), credits_of(bob)) == (96, 100)


def test_two_accounts_that_paid_for_one_attempt_are_found_and_the_other_is_given_it_back(alice, bob, job):
    deduct_credits(
        user_id=bob.id,
        amount=2,
        operation="document_upload",
        resource_id=str(job.document_id),
        idempotency_key=job.charge_key,
    )
    [difference] = verify_crossing().differences
    assert (difference.kind, difference.account_id) == ("paid_twice", bob.id)

    settle()

    assert (credits_of(alice), credits_of(bob)) == (96, 100)


def test_a_document_that_names_another_charge_is_found_and_names_its_own(alice, job):
    others = charged(alice, operation="dataset_create").get()
    ProcessingJob.objects.update(transaction_id=others.id)
    assert found() == ["misnamed"]

    settle()

    assert (credits_of(alice), ProcessingJob.objects.get().transaction_id) == (96, job.transaction_id)


def test_a_document_that_names_another_charge_and_has_none_is_charged(alice, job):
    others = charged(alice, operation="dataset_create").get()
    lose(charged(alice).get(id=job.transaction_id))
    ProcessingJob.objects.update(transaction_id=others.id)
    assert found() == ["misnamed"]

    settle()

    assert credits_of(alice) == 96


def test_a_document_that_names_no_charge_though_one_paid_for_it_is_found(alice, job):
    ProcessingJob.objects.update(transaction_id=None)
    assert found() == ["misnamed"]

    settle()

    assert ProcessingJob.objects.get().transaction_id == job.transaction_id


@pytest.mark.parametrize("mode", ["warn", "off"])
def test_what_was_there_for_nothing_without_enforcement_is_in_order(settings, make_user, client_for, mode):
    settings.CREDITS_ENFORCEMENT = mode
    poor = client_for(make_user("Poor", credits=0))
    poor.post("/api/v1/datasets", {"name": "Free"})

    assert found() == []


def test_a_charge_that_was_made_this_moment_is_in_order(monkeypatch, job):
    monkeypatch.setattr(crossing, "PATIENCE", timedelta(minutes=1))
    forget(job.document)

    assert found() == []


def test_what_nobody_can_be_given_or_asked_for_is_in_order(alice, job):
    lose(charged(alice).get(id=job.transaction_id))
    forget(job.document)
    execute("DELETE FROM users WHERE id = %s", alice.id)

    assert found() == []


def test_what_is_settled_between_two_looks_is_in_order(alice, job, monkeypatch):
    read = payables.charges_named

    def cancelled_after_reading(rows):
        if ProcessingJob.objects.filter(status="succeeded").exists():
            ProcessingJob.objects.update(status="failed")
            give_back(job.transaction_id, reason="It failed meanwhile.")
        return read(rows)

    monkeypatch.setattr(payables, "charges_named", cancelled_after_reading)

    assert found() == []


def test_a_charge_of_a_pool_whose_key_was_revoked_goes_back_to_its_owner(alice, memory_vectors):
    key, secret = create_api_key(user_id=alice.id, name="k", credits=10)
    client_with_token(secret).post("/api/v1/datasets", {"name": "By a program"})
    revoke_api_key(user_id=alice.id, key_id=key.id)
    Dataset.objects.all().delete()
    assert found() == ["paid_for_nothing"]

    settle()

    assert credits_of(alice) == 100


def test_many_are_looked_at_by_a_fixed_number_of_queries_for_each_slice(
    alice_client, dataset, memory_vectors, monkeypatch, django_assert_max_num_queries
):
    for number in range(12):
        upload_text(alice_client, dataset, f"Text {number}.")
    monkeypatch.setattr(payables, "AT_ONCE", 5)
    monkeypatch.setattr(charges, "AT_ONCE", 5)

    with django_assert_max_num_queries(45):
        checked = verify_crossing()

    assert (checked.payables, checked.charges, checked.differences) == (13, 13, [])


def test_a_slice_begins_where_the_last_ended(alice, job, monkeypatch):
    monkeypatch.setattr(payables, "AT_ONCE", 1)
    monkeypatch.setattr(charges, "AT_ONCE", 1)
    age_all_charges()
    forget(job.document)
    Dataset.objects.all().delete()

    assert found() == ["paid_for_nothing"] * 2


def test_purges_are_remembered_as_long_as_they_may_serve(alice_client, dataset, job):
    alice_client.delete(path_of(dataset))
    do_jobs()
    PurgedResource.objects.update(purged_at=timezone.now() - REMEMBERED_FOR * 1.1)
    age_all_charges()

    first, second = verify_crossing(), verify_crossing()

    assert (first.since, first.charges, PurgedResource.objects.count()) == (None, 2, 0)
    assert second.since is not None
    assert (second.charges, second.differences) == (0, [])


def test_while_anything_differs_no_purge_is_forgotten(alice, job):
    PurgedResource.objects.create(id=uuid.uuid4(), kind="dataset", purged_at=timezone.now() - REMEMBERED_FOR * 1.1)
    forget(job.document)

    assert found() == ["paid_for_nothing"]

    assert PurgedResource.objects.count() == 1
    assert not PurgeHorizon.objects.exists()


def test_the_command_names_each_difference_with_its_ids_and_says_what_to_do(alice, job):
    lose(charged(alice).get(id=job.transaction_id))

    code, text = run()

    assert code == 1
    assert f"The document {job.document_id} (attempt 1) of user {alice.id} is there and not paid for, 2 credits" in text
    assert f"the charge {job.transaction_id}" in text
    assert "Differences: 1." in text
    assert "--settle" in text


def test_the_command_speaks_json(alice, job):
    lose(charged(alice).get(id=job.transaction_id))

    code, text = run("--json")

    report = json.loads(text)
    assert (code, report["ok"], report["payables"], report["charges"]) == (1, False, 2, 1)
    [difference] = report["differences"]
    assert (difference["kind"], difference["credits"]) == ("unpaid", 2)
    assert difference["document_id"] == str(job.document_id)


@pytest.mark.parametrize("arguments", [["--forgive"], ["--json", "--settle"]])
def test_options_that_do_not_go_together_are_refused(arguments):
    with pytest.raises(CommandError, match="--settle"):
        call_command("verify_crossing", *arguments)
