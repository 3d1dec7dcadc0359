"""The supervisor starts again whatever ends, whatever stands in the way."""

import pytest

from fltr_project.run.supervisor import Supervisor
from tests.support.engine import wait_until


class Part:
    """A part whose first starts fail, and whose exit code the test sets."""

    def __init__(self, failures=0):
        self.failures, self.starts, self.code = failures, 0, 1

    def start(self):
        self.starts += 1
        if self.starts <= self.failures:
            raise OSError("No space left on device")
        self.code = None

    def poll(self):
        return self.code


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


def test_nothing_is_started_once_it_stops(supervise):
    part = Part(failures=1000)
    supervisor = supervise(part=part, elsewhere=None)
    wait_until(lambda: part.starts > 0)

    supervisor.stop()
    starts = part.starts
    part.failures = 0

    with pytest.raises(AssertionError):
        wait_until(lambda: part.starts > starts, 1.0)
