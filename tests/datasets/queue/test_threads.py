"""The worker takes jobs, keeps their leases, does its chores, and leaves nothing half held when it goes."""

import logging
import threading

import pytest
from django.db import OperationalError

from datasets.models import ProcessingJob
from datasets.queue import leases, threads
from datasets.queue.chores import Chore
from datasets.queue.models import JobStatus
from datasets.queue.threads import Worker

pytestmark = pytest.mark.django_db(databases=["default"])


def take(name):
    return leases.claim(ProcessingJob, name)


@pytest.fixture
def make_worker():
    """Return a function that makes a worker which finishes its jobs, unless it is told to do something else."""

    def make(**parts):
        defaults = {"concurrency": 1, "take": take, "do": leases.finish}
        return Worker(ProcessingJob, **{**defaults, **parts})

    return make


@pytest.fixture
def run(monkeypatch):
    """Return a function that starts a worker without its loops and stops it at once."""
    monkeypatch.setattr(threads, "PARENT_WATCHED_EVERY_S", 0.01)

    def run(worker):
        worker.threads = []
        worker.stop()
        worker.run()

    return run


def test_it_does_jobs_as_long_as_there_are_any(make_job, make_worker):
    make_job(), make_job(), make_job()

    make_worker().do_jobs()

    assert {job.status for job in ProcessingJob.objects.all()} == {JobStatus.SUCCEEDED}


def test_it_takes_jobs_under_its_own_name(make_job, make_worker):
    make_job()
    worker = make_worker()

    worker.do_jobs()

    assert ProcessingJob.objects.get().leased_by == worker.name


def test_it_takes_no_further_job_once_it_is_told_to_stop(make_job, make_worker):
    make_job(), make_job()
    worker = make_worker(do=lambda job: leases.finish(job) and worker.stop())

    worker.do_jobs()

    assert ProcessingJob.objects.filter(status=JobStatus.QUEUED).count() == 1


def test_it_has_a_job_in_hand_only_while_it_does_it(make_job, make_worker):
    make_job()
    in_hand = []
    worker = make_worker(do=lambda job: in_hand.append(list(worker.in_hand.values()) == [job]))

    worker.do_jobs()

    assert in_hand == [True]
    assert worker.in_hand == {}


def test_a_job_that_breaks_off_is_not_in_hand_any_more(make_job, make_worker):
    make_job()
    worker = make_worker(do=lambda job: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        worker.do_jobs()

    assert worker.in_hand == {}


def test_it_prolongs_the_leases_of_jobs_in_hand(make_job, make_worker, clock):
    make_job()
    worker = make_worker()
    worker.in_hand[threading.current_thread()] = take(worker.name)
    clock.forward(seconds=20)

    worker.prolong_leases()

    assert ProcessingJob.objects.get().lease_until == clock.now + leases.LEASE


def test_a_job_in_hand_when_it_stops_is_free_for_the_next_worker_at_once(make_job, make_worker, run):
    make_job()
    worker = make_worker()
    worker.in_hand[threading.current_thread()] = take(worker.name)

    run(worker)

    assert take("next") is not None


def test_at_its_start_it_frees_the_jobs_of_dead_workers(make_job, make_worker, run, clock, monkeypatch):
    make_job()
    take("dead")
    monkeypatch.setattr(threads, "is_known_dead", lambda name: name == "dead")

    run(make_worker())

    clock.forward(seconds=1)
    assert take("next") is not None


def test_it_leaves_when_its_parent_is_gone(make_worker, monkeypatch, caplog):
    parents = iter([7, 7, 1])
    monkeypatch.setattr(threads, "PARENT_WATCHED_EVERY_S", 0.01)
    monkeypatch.setattr(threads.os, "getppid", lambda: next(parents))
    worker = make_worker()
    worker.threads = []

    worker.run()

    assert "The parent process is gone; leaving." in caplog.text


@pytest.mark.parametrize(("loop", "nightly"), [("do_chores", False), ("do_nightly_chores", True)])
def test_each_loop_does_its_own_chores(make_worker, monkeypatch, loop, nightly):
    by_minute, by_night = Chore("minute", dict, "%s"), Chore("night", dict, "%s", nightly=True)
    done = []
    monkeypatch.setattr(threads, "do_what_is_due", done.extend)

    getattr(make_worker(chores=[by_minute, by_night]), loop)()

    assert done == [by_night if nightly else by_minute]


@pytest.fixture
def loop(monkeypatch):
    """Return a function that repeats a step of a worker in this thread, without pauses or closing connections."""
    monkeypatch.setattr(threads.connections, "close_all", lambda: None)
    monkeypatch.setattr(threads, "PAUSE_AFTER_ERROR_S", 0)
    return lambda worker, step: worker.repeat(step, 0)


def test_a_step_is_repeated_until_the_worker_stops(make_worker, loop):
    worker, times = make_worker(), []

    def step():
        times.append(1)
        if len(times) == 3:
            worker.stop()

    loop(worker, step)

    assert len(times) == 3


def test_an_error_is_logged_and_never_ends_a_loop(make_worker, loop, caplog):
    worker, times = make_worker(), []

    def step():
        times.append(1)
        if len(times) == 2:
            worker.stop()
        raise RuntimeError("The database is away.")

    with caplog.at_level(logging.ERROR):
        loop(worker, step)

    assert len(times) == 2
    assert caplog.text.count("step failed; it goes on.") == 2


def test_as_many_jobs_are_done_at_once_as_it_is_told(make_worker):
    at_once = [thread for thread in make_worker(concurrency=5).threads if thread._args[0].__name__ == "do_jobs"]

    assert len(at_once) == 5


@pytest.mark.parametrize(("known", "lines"), [(False, 1), (True, 0)])
def test_a_database_that_is_away_is_a_line_without_a_traceback_unless_it_is_known(
    make_worker, loop, caplog, monkeypatch, known, lines
):
    monkeypatch.setattr(threads, "is_known_away", lambda: known)
    worker, times = make_worker(), []

    def step():
        times.append(1)
        if len(times) == 2:
            worker.stop()
        raise OperationalError("database is locked")

    with caplog.at_level(logging.INFO):
        loop(worker, step)

    assert caplog.text.count("step waits for a database: database is locked") == lines
    assert "Traceback" not in caplog.text
