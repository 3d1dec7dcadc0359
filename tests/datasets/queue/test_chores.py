"""Each chore is done when it is due, by one worker, and what came of it is written down."""

import logging
import sys
from datetime import UTC, datetime, timedelta

import pytest

from datasets.models import ChoreRun
from datasets.queue.chores import Alarm, Chore, do_what_is_due

pytestmark = pytest.mark.django_db(databases=["default"])

NEXT_NIGHT = datetime(2026, 11, 28, 3, 0, tzinfo=UTC)


class Deed:
    """Something to do that counts how often it was done, and returns or raises what it is told to."""

    def __init__(self):
        self.times, self.result = 0, None

    def __call__(self):
        self.times += 1
        if isinstance(self.result, Exception):
            raise self.result
        return self.result


@pytest.fixture
def deed():
    return Deed()


@pytest.fixture
def by_minute(deed):
    return Chore("sweeping", deed, "Swept %s rooms.")


@pytest.fixture
def by_night(deed):
    return Chore("counting", deed, "Counted %s coins.", nightly=True)


def the_run():
    return ChoreRun.objects.get()


def test_a_new_chore_of_every_minute_is_done_at_once(clock, deed, by_minute):
    do_what_is_due([by_minute])

    assert deed.times == 1
    assert (the_run().name, the_run().finished_at) == ("sweeping", clock.now)


def test_it_is_done_again_after_a_minute_and_not_before(clock, deed, by_minute):
    times = []

    for seconds in (0, 59, 1, 30, 30):
        clock.forward(seconds=seconds)
        do_what_is_due([by_minute])
        times.append(deed.times)

    assert times == [1, 1, 2, 2, 3]


def test_a_new_nightly_chore_waits_for_its_first_night(clock, deed, by_night):
    do_what_is_due([by_night])

    assert deed.times == 0
    assert the_run().due_at == NEXT_NIGHT


def test_a_nightly_chore_is_done_once_a_night(clock, deed, by_night):
    do_what_is_due([by_night])
    times = []

    for moment in (NEXT_NIGHT, NEXT_NIGHT + timedelta(hours=20), NEXT_NIGHT + timedelta(days=1)):
        clock.now = moment
        do_what_is_due([by_night])
        do_what_is_due([by_night])
        times.append(deed.times)

    assert times == [1, 1, 2]


def test_a_night_that_nobody_was_there_is_made_up_for(clock, deed, by_night):
    do_what_is_due([by_night])
    clock.now = NEXT_NIGHT + timedelta(hours=9)

    do_what_is_due([by_night])

    assert deed.times == 1
    assert the_run().due_at == NEXT_NIGHT + timedelta(days=1)


def test_a_chore_that_another_worker_took_is_left_to_it(clock, deed, by_minute):
    do_what_is_due([by_minute])
    clock.forward(minutes=1)
    chores = [Chore("sweeping", lambda: do_what_is_due([by_minute]), "%s"), by_minute]

    do_what_is_due(chores)

    assert deed.times == 1


def test_a_chore_whose_process_died_is_due_again_after_a_pause(clock, deed, by_night):
    do_what_is_due([by_night])
    clock.now = NEXT_NIGHT
    dying = Chore("counting", sys.exit, "%s", nightly=True)
    with pytest.raises(SystemExit):
        do_what_is_due([dying])

    do_what_is_due([by_night])
    assert deed.times == 0
    clock.forward(hours=1)
    do_what_is_due([by_night])
    assert deed.times == 1


def test_what_came_of_it_is_logged_in_its_line_and_written_down(clock, deed, by_minute, caplog):
    deed.result = 3

    with caplog.at_level(logging.INFO, logger="datasets"):
        do_what_is_due([by_minute])

    assert [record.getMessage() for record in caplog.records] == ["Swept 3 rooms."]
    assert (the_run().outcome, the_run().error) == ("Swept 3 rooms.", "")


@pytest.mark.parametrize("nothing", [None, 0, ""])
def test_where_nothing_came_of_it_nothing_is_logged(clock, deed, by_minute, caplog, nothing):
    deed.result = nothing

    with caplog.at_level(logging.INFO, logger="datasets"):
        do_what_is_due([by_minute])

    assert caplog.records == []
    assert the_run().outcome == ""


def test_a_chore_that_fails_keeps_none_of_the_others_waiting_and_is_tried_again(clock, deed, by_minute, caplog):
    broken = Chore("broken", Deed(), "%s")
    broken.do.result = RuntimeError("The broom is gone.")

    do_what_is_due([broken, by_minute])

    assert deed.times == 1
    assert ChoreRun.objects.get(name="broken").error == "RuntimeError: The broom is gone."
    assert "broken failed; it goes on." in caplog.text
    clock.forward(minutes=1)
    do_what_is_due([broken])
    assert broken.do.times == 2


def test_a_nightly_chore_that_failed_is_tried_again_in_the_same_night(clock, deed, by_night):
    do_what_is_due([by_night])
    clock.now = NEXT_NIGHT
    deed.result = RuntimeError("No light.")

    do_what_is_due([by_night])

    assert the_run().due_at == NEXT_NIGHT + timedelta(hours=1)


def test_an_alarm_is_an_error_in_one_sentence(clock, deed, by_minute, caplog):
    deed.result = Alarm("Two coins are missing: ask the treasurer.")

    do_what_is_due([by_minute])

    [record] = caplog.records
    assert (record.levelname, record.getMessage()) == ("ERROR", "Two coins are missing: ask the treasurer.")
    assert record.exc_info is None
    assert the_run().error == "Two coins are missing: ask the treasurer."


def test_a_chore_that_went_well_again_has_no_error_any_more(clock, deed, by_minute):
    deed.result = Alarm("Two coins are missing.")
    do_what_is_due([by_minute])
    clock.forward(minutes=1)
    deed.result = None

    do_what_is_due([by_minute])

    assert the_run().error == ""
