"""Text about users whom the site has deleted is erased by night, once they were missed long enough."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connections
from django.utils import timezone

from credits.models import ApiKeyCredits, CreditTransaction, Departure
from credits.services import add_credits, create_api_key, forget_people_who_left, verify
from credits.services.leaving import MISSED_FOR, long_missed
from datasets.queue.chores import Alarm
from fltr_project.run.background import erase_text
from tests.support.auth_tables import SHAPES
from tests.support.sql import execute

pytestmark = [pytest.mark.django_db(databases=[settings.AUTH_DB]), pytest.mark.usefixtures("_bob_left")]
ON_POSTGRESQL = "postgresql" in settings.DATABASES["default"]["ENGINE"]


def delete_at_the_site(user):
    execute("DELETE FROM users WHERE id = %s", user.id)


def give(user, key="a gift"):
    add_credits(user_id=user.id, amount=5, type="bonus", idempotency_key=key, metadata={"reason": f"For {user.name}"})


def texts():
    return sorted(
        row["reason"] for row in CreditTransaction.objects.values_list("metadata", flat=True) if "reason" in (row or {})
    )


def last_night():
    Departure.objects.update(missed_at=timezone.now() - MISSED_FOR * 1.1)


@pytest.fixture(params=[None, *SHAPES] if ON_POSTGRESQL else [None])
def _shape(request, rebuild_auth_tables):
    """The user database as each site may have made it."""
    if request.param:
        rebuild_auth_tables(**SHAPES[request.param])


@pytest.fixture
def _bob_left(_shape, alice, bob):
    """Bob has gone, and rows about both are in the ledger."""
    give(alice), give(bob)
    create_api_key(user_id=bob.id, name="Bob's notebook")
    delete_at_the_site(bob)


def test_text_of_people_who_are_missed_for_a_night_is_erased():
    first = erase_text()
    assert texts() == ["For Alice", "For Bob"]
    last_night()

    second = erase_text()

    assert (first, second) == (0, 1)
    assert texts() == ["For Alice"]
    assert ApiKeyCredits.objects.get().name == ""
    assert verify(everything=True).problems == []


def test_text_of_somebody_who_came_back_is_kept(bob):
    erase_text()
    last_night()
    bob.save(force_insert=True)

    assert erase_text() == 0

    assert texts() == ["For Alice", "For Bob"]
    assert not Departure.objects.exists()


def test_where_nobody_would_keep_their_text_none_is_erased_and_somebody_told(alice):
    erase_text()
    last_night()
    delete_at_the_site(alice)

    with pytest.raises(Alarm, match="erase_person_text"):
        erase_text()

    assert texts() == ["For Alice", "For Bob"]
    assert Departure.objects.count() == 1


def test_without_a_table_of_users_nobody_s_text_is_erased():
    execute("DROP TABLE users" + (" CASCADE" if connections[settings.AUTH_DB].vendor != "sqlite" else ""))

    assert erase_text() == 0


def test_a_night_erases_so_much_and_the_next_goes_on(bob):
    bob.save(force_insert=True)
    give(bob, "another"), give(bob, "one more")
    delete_at_the_site(bob)
    erase_text()
    last_night()

    assert [forget_people_who_left(at_most=2) for _ in range(3)] == [2, 1, 0]


def test_a_night_is_about_so_many_people_and_the_next_about_the_others(make_user, monkeypatch):
    carol = make_user("Carol")
    give(carol)
    delete_at_the_site(carol)
    erase_text()
    last_night()
    monkeypatch.setattr("credits.services.leaving.PEOPLE_A_NIGHT", 1)

    assert [erase_text() for _ in range(2)] == [1, 1]


def test_who_is_forgotten_is_not_looked_for_again():
    erase_text()
    last_night()
    erase_text()
    assert Departure.objects.exclude(erased_at=None).update(erased_at=timezone.now()) == 1

    assert list(long_missed(timezone.now())) == []


def test_who_had_an_api_key_alone_is_forgotten_too(make_user):
    carol = make_user("Carol", credits=0)
    create_api_key(user_id=carol.id, name="Carol's notebook")
    delete_at_the_site(carol)
    erase_text()
    last_night()

    erase_text()

    assert ApiKeyCredits.objects.get(user_id=carol.id).name == ""


def test_what_is_written_after_that_is_erased_too_and_what_was_then_being_written(bob):
    erase_text()
    last_night()
    erase_text()
    at = timezone.now() - timedelta(minutes=30)
    CreditTransaction.objects.create(user_id=bob.id, amount=1, type="bonus", metadata={"reason": "Late"}, created_at=at)

    assert erase_text() == 1

    assert texts() == ["For Alice"]


def test_an_id_that_is_spelled_otherwise_is_nobody_s(alice):
    erase_text()
    Departure.objects.bulk_create([Departure(user_id=alice.id, missed_at=timezone.now())])
    execute("UPDATE fltr_departures SET user_id = UPPER(user_id)")
    last_night()

    assert erase_text() == 0
