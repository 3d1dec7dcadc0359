"""A lease decides who works on a job: verb by verb, on a clock that stands still."""

from datetime import timedelta

import pytest

from datasets.models import ProcessingJob
from datasets.queue import leases
from datasets.queue.models import JobStatus

pytestmark = pytest.mark.django_db(databases=["default"])


def claim(worker="worker"):
    return leases.claim(ProcessingJob, worker)


def stored(job):
    return ProcessingJob.objects.get(pk=job.pk)


def test_there_is_nothing_to_claim_in_an_empty_table(clock):
    assert claim() is None


def test_a_claimed_job_is_running_under_its_workers_lease(make_job, clock):
    job = make_job()

    claimed = claim("worker")

    assert claimed.pk == job.pk
    for row in (claimed, stored(job)):
        assert (row.status, row.leased_by, row.retries) == (JobStatus.RUNNING, "worker", 0)
        assert (row.started_at, row.lease_until) == (clock.now, clock.now + leases.LEASE)


def test_a_job_that_is_due_earlier_is_claimed_first(make_job, clock):
    make_job()
    earlier = make_job(run_after=clock.now - timedelta(seconds=1))

    assert claim().pk == earlier.pk


@pytest.mark.parametrize("status", [status for status in JobStatus if status != JobStatus.QUEUED])
def test_only_queued_jobs_are_claimed(make_job, clock, status):
    make_job(status=status)

    assert claim() is None


def test_a_job_is_not_claimed_before_it_is_due(make_job, clock):
    make_job(run_after=clock.now + timedelta(seconds=1))

    assert claim() is None
    clock.forward(seconds=1)
    assert claim() is not None


def test_a_job_in_hand_is_nobody_elses(make_job, clock):
    make_job()
    claim("first")

    clock.forward(seconds=leases.LEASE.total_seconds())

    assert claim("second") is None


def test_beside_one_that_is_not_due_the_one_that_is_gets_claimed(make_job, clock):
    make_job(run_after=clock.now + timedelta(seconds=1))
    due = make_job(turn=10)

    assert claim().pk == due.pk


def test_beside_one_in_hand_the_other_is_claimed(make_job, clock):
    make_job(), make_job()
    first = claim("first")
    clock.forward(seconds=1)

    assert claim("second").pk != first.pk


def test_a_job_whose_lease_ran_out_is_taken_over_and_counts_a_retry(make_job, clock):
    make_job()
    first = claim("first")
    clock.forward(seconds=leases.LEASE.total_seconds() + 1)

    second = claim("second")

    assert (second.leased_by, second.retries, second.started_at) == ("second", 1, first.started_at)


def test_a_heartbeat_prolongs_the_lease_and_tells_progress(make_job, clock):
    make_job()
    job = claim()
    clock.forward(seconds=20)

    assert leases.heartbeat(job, stage="halfway", progress=0.5)

    assert (stored(job).lease_until, stored(job).stage) == (clock.now + leases.LEASE, "halfway")
    assert stored(job).progress == 0.5


def test_a_finished_job_has_succeeded_and_no_lease(make_job, clock):
    make_job()
    job = claim()
    clock.forward(seconds=5)

    assert leases.finish(job)

    done = stored(job)
    assert (done.status, done.stage, done.progress) == (JobStatus.SUCCEEDED, "done", 1.0)
    assert (done.finished_at, done.lease_until) == (clock.now, None)


def test_a_job_that_is_retried_waits_longer_each_time(make_job, clock):
    make_job()
    pauses = []

    for _ in range(12):
        job = claim()
        assert leases.retry(job)
        pauses.append((stored(job).run_after - clock.now).total_seconds())
        clock.now = stored(job).run_after

    assert pauses == [2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300, 300]
    assert stored(job).retries == 12


def test_a_job_that_is_put_back_can_be_claimed_at_once_and_counts_no_retry(make_job, clock):
    make_job()

    assert leases.put_back(claim("first"))

    assert (claim("second").leased_by, stored(ProcessingJob.objects.get()).retries) == ("second", 0)


def test_a_job_that_has_ended_ends_once(make_job, clock):
    job = make_job()
    rows = ProcessingJob.objects.filter(pk=job.pk)

    first = leases.end(rows, JobStatus.CANCELLED, {"code": "first", "message": "First."})
    second = leases.end(rows, JobStatus.FAILED, {"code": "second", "message": "Second."})

    assert (first, second) == (1, 0)
    assert (stored(job).status, stored(job).error["code"]) == (JobStatus.CANCELLED, "first")


def test_a_job_that_waits_is_due_again_later_and_counts_no_retry(make_job, clock):
    make_job()

    assert leases.wait(claim(), timedelta(seconds=5))

    waiting = stored(ProcessingJob.objects.get())
    assert (waiting.status, waiting.run_after, waiting.retries) == (
        JobStatus.QUEUED,
        clock.now + timedelta(seconds=5),
        0,
    )


def test_a_job_remembers_since_when_it_waits(make_job, clock):
    make_job()
    began = clock.now

    for _ in range(3):
        leases.wait(claim(), timedelta(seconds=5))
        clock.forward(minutes=1)

    assert claim().waits_since == began


def test_a_job_that_is_given_up_says_why(make_job, clock):
    make_job()

    assert leases.give_up(claim(), {"code": "broken", "message": "Broken."})

    given_up = stored(ProcessingJob.objects.get())
    assert (given_up.status, given_up.finished_at) == (JobStatus.FAILED, clock.now)
    assert given_up.error == {"code": "broken", "message": "Broken."}


def give_up(job):
    return leases.give_up(job, {"code": "mine", "message": "Mine."})


def wait(job):
    return leases.wait(job, timedelta(seconds=5))


VERBS = {
    "heartbeat": leases.heartbeat,
    "finish": leases.finish,
    "give up": give_up,
    "retry": leases.retry,
    "wait": wait,
    "put back": leases.put_back,
}
each_verb = pytest.mark.parametrize("verb", VERBS.values(), ids=VERBS)


@each_verb
@pytest.mark.parametrize("status", [JobStatus.QUEUED, JobStatus.CANCELLED, JobStatus.SUCCEEDED])
def test_who_lost_the_lease_changes_nothing(make_job, clock, verb, status):
    make_job()
    job = claim()
    ProcessingJob.objects.update(status=status, stage="theirs")
    before = ProcessingJob.objects.values().get()

    assert not verb(job)

    assert ProcessingJob.objects.values().get() == before


@each_verb
@pytest.mark.parametrize("who", ["another", "the same"], ids=["by another worker", "by a thread of the same process"])
def test_who_was_taken_over_changes_nothing(make_job, clock, verb, who):
    make_job()
    first = claim("the same")
    clock.forward(minutes=1)
    claim(who)
    before = ProcessingJob.objects.values().get()

    assert not verb(first)

    assert ProcessingJob.objects.values().get() == before


@each_verb
def test_each_verb_is_one_statement(make_job, clock, verb, django_assert_num_queries):
    make_job()
    job = claim()

    with django_assert_num_queries(1, using="default"):
        verb(job)


def test_each_claim_is_a_new_one(make_job, clock):
    make_job()
    fences = []

    for _ in range(3):
        fences.append(claim().fence)
        clock.forward(minutes=1)

    assert fences == [1, 2, 3]


def test_a_claim_tells_all_of_the_job(make_job, clock):
    make_job(version=7, chunks_written=3, error={"code": "before"}, task_id="a", waits_since=clock.now)

    claimed = claim()

    fields = [field.attname for field in ProcessingJob._meta.concrete_fields]
    assert [getattr(claimed, name) for name in fields] == [getattr(stored(claimed), name) for name in fields]


def test_jobs_of_dead_workers_are_reaped_and_others_kept(make_job, clock):
    make_job(), make_job()
    dead, alive = claim("dead"), claim("alive")
    clock.forward(seconds=1)

    assert leases.reap(ProcessingJob, lambda name: name == "dead") == 1

    clock.forward(seconds=1)
    assert claim("new").pk == dead.pk
    assert stored(alive).leased_by == "alive"


def test_who_claimed_a_job_since_the_look_is_not_taken_for_the_dead(make_job, clock):
    make_job()
    claim("dead")
    clock.forward(minutes=1)

    def claimed_meanwhile(name):
        claim("alive")
        return name == "dead"

    assert leases.reap(ProcessingJob, claimed_meanwhile) == 0

    assert stored(ProcessingJob.objects.get()).lease_until == clock.now + leases.LEASE
