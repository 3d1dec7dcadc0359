"""The supervisor starts again whatever ends, whatever stands in the way."""

import pytest

from fltr_project.run import pulse
from fltr_project.run.supervisor import Supervisor
from tests.support.engine import wait_until


class Part:
    """A part whose first starts fail, and whose exit code the test sets."""

    def __init__(self, failures=0):
        self.failures, self.starts, self.code = failures, 0, 1
        self.is_frozen, self.kills = False, 0

    def start(self):
        self.starts += 1
        if self.starts <= self.failures:
            raise OSError("No space left on device")
        self.code = None

    def poll(self):
        return self.code

    def answers(self):
        return not self.is_frozen

    def kill(self):
        self.kills, self.code, self.is_frozen = self.kills + 1, -9, False


@pytest.fixture
def supervise():
    """Return a function that has parts looked after until the test ends."""
    supervisors = []

    def supervise(**parts):
        supervisors.append(Supervisor(parts))
        supervisors[-1].start()
        return supervisors[-1]

    yield supervise
    for supervisor in supervisors:
        supervisor.stop()


def test_a_part_that_ended_is_started_again(supervise):
    part = Part()

    supervise(part=part)

    wait_until(lambda: part.poll() is None)


def test_a_start_that_fails_is_tried_again(supervise):
    part = Part(failures=2)

    supervise(part=part)

    wait_until(lambda: part.starts == 3 and part.poll() is None)


def test_a_part_that_cannot_be_started_does_not_hold_up_another(supervise):
    hopeless, part = Part(failures=1000), Part()

    supervise(hopeless=hopeless, part=part)

    wait_until(lambda: part.poll() is None)


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(pulse, "LOOK_EVERY_S", 0.0)
    monkeypatch.setattr(pulse, "MOST_MISSED_AT_START", 2)


@pytest.mark.usefixtures("impatient")
def test_a_part_that_runs_and_does_not_answer_is_killed_and_started_again_with_one_line(supervise, caplog):
    part = Part()
    with caplog.at_level("WARNING", "fltr_project.run.supervisor"):
        supervise(engine=part)
        wait_until(lambda: part.starts == 1)
        caplog.clear()
        part.is_frozen = True

        wait_until(lambda: part.starts == 2)

    lines = [record.getMessage() for record in caplog.records]
    assert lines == ["The engine did not answer any more and was killed; starting it again in 0.4 s."]
    assert part.kills == 1


def test_one_answer_in_half_a_minute_is_enough(monkeypatch):
    now, answers = 0.0, iter([True, *[False] * 9, True, *[False] * 9, True])
    monkeypatch.setattr(pulse.time, "monotonic", lambda: now)
    watch = pulse.Watch(lambda: next(answers))

    for _ in range(21):
        now += 3.0
        assert not watch.is_over()


def test_a_part_that_has_never_answered_has_minutes_to_come_up(monkeypatch):
    now = 0.0
    monkeypatch.setattr(pulse.time, "monotonic", lambda: now)
    watch, looks = pulse.Watch(lambda: False), 0

    while not watch.is_over():
        now, looks = now + 3.0, looks + 1

    assert looks == 100


def test_a_sleep_of_everything_is_one_look_that_was_missed(monkeypatch):
    now, is_silent = 0.0, False
    monkeypatch.setattr(pulse.time, "monotonic", lambda: now)
    watch = pulse.Watch(lambda: not is_silent)
    now += 3.0
    assert not watch.is_over()

    is_silent = True
    now += 36_000.0

    assert not any(watch.is_over() for _ in range(1_000))


def test_a_pulse_is_felt_once_for_all_its_beats():
    heart = pulse.Pulse()
    for _ in range(100_000):
        pulse.beat(heart.writes)

    assert [heart.is_felt(), heart.is_felt()] == [True, False]


def test_nothing_is_started_once_it_stops(supervise):
    part = Part(failures=1000)
    supervisor = supervise(part=part, elsewhere=None)
    wait_until(lambda: part.starts > 0)

    supervisor.stop()
    starts = part.starts
    part.failures = 0

    with pytest.raises(AssertionError):
        wait_until(lambda: part.starts > starts, 1.0)
