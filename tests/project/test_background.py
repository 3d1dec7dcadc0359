"""What nobody should have to remember is on the worker's list, and the doctor says when it was last done."""

import logging
from datetime import timedelta

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import connections
from django.utils import timezone

from datasets.doctor import examine_chores
from datasets.models import ChoreRun, Dataset, PurgeHorizon
from datasets.queue.chores import Alarm, do_what_is_due
from datasets.services import crossing
from datasets.services.orphans import MISSED_FOR
from fltr_project.models import IdempotentRequest
from fltr_project.run import background
from fltr_project.run.background import CHORES, delete_orphans, prove_the_crossing, prove_the_ledger
from tests.support.api import make_dataset
from tests.support.sql import execute
from tests.support.vectors import lose, make_library

pytestmark = pytest.mark.django_db(databases="__all__")


def make_session(key, **expires_in):
    Session.objects.create(session_key=key, session_data="", expire_date=timezone.now() + timedelta(**expires_in))


def test_sessions_that_have_expired_are_forgotten():
    make_session("old", seconds=-1), make_session("new", hours=1)

    assert background.forget_sessions() == 1

    assert Session.objects.get().session_key == "new"


def delete_at_the_site(user):
    execute("DELETE FROM users WHERE id = %s", user.id)


def last_night():
    """Have all owners who are missed be so since the night before."""
    Dataset.objects.exclude(owner_missed_at=None).update(owner_missed_at=timezone.now() - MISSED_FOR * 1.1)


def test_every_chore_has_a_name_of_its_own_and_a_line_for_one_result():
    assert len({chore.name for chore in CHORES}) == len(CHORES)
    assert all(chore.line.count("%s") == 1 for chore in CHORES)


def test_all_of_them_can_be_done(caplog):
    ChoreRun.objects.bulk_create(ChoreRun(name=chore.name, due_at=timezone.now()) for chore in CHORES)

    with caplog.at_level(logging.INFO, logger="datasets"):
        do_what_is_due(CHORES)

    assert list(ChoreRun.objects.exclude(error="")) == []
    assert not ChoreRun.objects.filter(finished_at=None).exists()


def test_what_a_crash_left_and_what_was_lost_is_mended_every_minute():
    assert [chore.name for chore in CHORES if not chore.nightly] == ["reconcile", "missing vectors"]


def test_answers_that_are_kept_no_longer_are_forgotten():
    long_ago, now = timezone.now() - timedelta(hours=25), timezone.now()
    for key, at in (("old", long_ago), ("new", now)):
        IdempotentRequest.objects.create(caller="a", key=key, fingerprint="f", process="p", created_at=at)

    assert background.forget_old() == 1

    assert IdempotentRequest.objects.get().key == "new"


@pytest.fixture
def bobs_dataset(alice_client, bob, bob_client):
    """Bob has gone and left a dataset; Alice stays and has one."""
    make_dataset(alice_client)
    left = make_dataset(bob_client)
    delete_at_the_site(bob)
    return Dataset.objects.get(id=left["id"])


def test_datasets_of_users_who_are_missed_for_a_night_are_deleted(bobs_dataset):
    first = delete_orphans()
    last_night()

    second = delete_orphans()

    assert (first, second) == (0, 1)
    assert not Dataset.objects.active().filter(id=bobs_dataset.id).exists()
    assert Dataset.objects.active().count() == 1


def test_datasets_of_a_user_who_came_back_are_kept(bobs_dataset, bob):
    delete_orphans()
    last_night()
    bob.save(force_insert=True)

    assert delete_orphans() == 0

    assert Dataset.objects.active().get(id=bobs_dataset.id).owner_missed_at is None


def test_where_nobody_would_keep_a_dataset_none_is_deleted_and_somebody_told(bobs_dataset, alice):
    delete_orphans()
    last_night()
    delete_at_the_site(alice)

    with pytest.raises(Alarm, match="delete_orphans --even-all"):
        delete_orphans()

    assert Dataset.objects.active().count() == 2


def test_without_a_table_of_users_nobody_is_missed(bobs_dataset):
    execute("DROP TABLE users" + (" CASCADE" if connections[settings.AUTH_DB].vendor != "sqlite" else ""))

    assert delete_orphans() == 0

    assert Dataset.objects.get(id=bobs_dataset.id).owner_missed_at is None


def test_a_ledger_that_holds_is_told_by_its_rows(alice_client):
    make_dataset(alice_client)

    assert prove_the_ledger() == 2


def test_a_ledger_that_disagrees_is_an_alarm_that_says_where(alice, alice_client):
    make_dataset(alice_client)
    execute("UPDATE users SET credits = credits + 5 WHERE id = %s", alice.id)

    with pytest.raises(Alarm, match=rf"manage.py verify_ledger. user {alice.id} holds 103 credits"):
        prove_the_ledger()


def test_charges_that_agree_with_what_is_there_are_told_by_their_number(alice_client, monkeypatch):
    look_at_everything(monkeypatch)
    make_dataset(alice_client)

    assert prove_the_crossing() == 1


def test_a_charge_without_its_dataset_is_an_alarm_that_names_it(alice_client, monkeypatch):
    look_at_everything(monkeypatch)
    id = make_dataset(alice_client)["id"]
    Dataset.objects.all().delete()

    with pytest.raises(Alarm, match=rf"in 1 places: run manage.py verify_crossing. The charge .* for the dataset {id}"):
        prove_the_crossing()


def look_at_everything(monkeypatch):
    """Look at charges of this moment, too."""
    PurgeHorizon.objects.all().delete()
    monkeypatch.setattr(crossing, "PATIENCE", timedelta(0))


@pytest.mark.parametrize(
    ("run", "level", "message"),
    [
        ({"finished_at": timezone.now(), "outcome": "Swept 3."}, "green", "UTC. Swept 3."),
        ({}, "green", "sweeping: not done yet."),
        ({"due_at": timezone.now() - timedelta(hours=1)}, "yellow", "due since"),
        (
            {"finished_at": timezone.now(), "error": "RuntimeError: no broom"},
            "red",
            "it failed: RuntimeError: no broom",
        ),
    ],
    ids=["done", "new", "nobody does it", "failed"],
)
def test_the_doctor_says_how_a_chore_last_went(run, level, message):
    ChoreRun.objects.create(name="sweeping", **{"due_at": timezone.now() + timedelta(minutes=1), **run})

    [finding] = examine_chores()

    assert finding.level == level
    assert message in finding.message


def test_vectors_that_are_missing_raise_an_alarm_by_night(alice_client, memory_vectors):
    library = make_library(alice_client)
    assert background.look_at_the_index() == 1

    lose(dataset_id=library["id"])

    with pytest.raises(Alarm, match="Of 1 datasets vectors are missing"):
        background.look_at_the_index()
