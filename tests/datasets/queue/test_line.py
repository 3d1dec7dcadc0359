"""Who is next: a newcomer, whatever others have queued; and a long job lets others pass."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connections

from datasets.models import ProcessingJob
from datasets.queue import leases
from datasets.queue.models import JobStatus

pytestmark = pytest.mark.django_db(databases=["default"])


@pytest.fixture
def queue(make_job: Any, clock: Any) -> Any:
    """Return a function that puts jobs of somebody into the line, a second apart."""

    def put(whose: str, count: int = 1) -> list[ProcessingJob]:
        jobs = []
        for _ in range(count):
            clock.forward(seconds=1)
            job = make_job(whose=whose, status=JobStatus.AWAITING_PAYMENT)
            turn = leases.place_in_line(ProcessingJob, whose)
            ProcessingJob.objects.filter(pk=job.pk).update(status=JobStatus.QUEUED, turn=turn, run_after=clock.now)
            jobs.append(job)
        return jobs

    return put


def claim(worker: str = "worker") -> ProcessingJob:
    job = leases.claim(ProcessingJob, worker)
    assert job is not None
    return job


def order(count: int) -> str:
    """Do so many jobs, and return whose they were."""
    done = []
    for _ in range(count):
        job = claim()
        done.append(job.whose)
        leases.finish(job)
    return "".join(done)


def test_ones_own_jobs_are_done_in_their_order(queue: Any) -> None:
    jobs = queue("a", 4)

    assert [claim().pk for _ in range(4)] == [job.pk for job in jobs]


def test_a_newcomer_is_next_whatever_others_have_queued(queue: Any) -> None:
    queue("a", 20)
    first = claim()

    queue("b", 1)

    assert first.whose == "a"
    assert order(2) == "ba"


def test_several_who_queue_much_take_turns(queue: Any) -> None:
    queue("a", 6)
    in_hand = claim()
    queue("b", 5)
    leases.finish(in_hand)

    assert order(10) == "babababababa"[:10]


def test_ever_more_newcomers_do_not_keep_others_from_being_next(queue: Any) -> None:
    queue("a", 5)
    in_hand, done = claim(), []
    for number in range(20):
        queue(f"new {number}", 1)
        leases.finish(in_hand)
        in_hand = claim()
        done.append(in_hand.whose)

    assert done.count("a") == 4


def test_two_who_begin_while_nothing_is_done_take_turns(queue: Any) -> None:
    queue("a", 3)
    queue("b", 3)

    assert order(6) == "ababab"


def test_a_job_that_comes_back_keeps_its_place(queue: Any, clock: Any) -> None:
    queue("a", 3)
    job = claim()

    leases.put_back(job)

    assert claim().pk == job.pk


def test_a_job_whose_worker_died_comes_before_all_others(queue: Any, clock: Any) -> None:
    queue("a", 2)
    job = claim()
    queue("b", 1)
    clock.forward(seconds=leases.LEASE.total_seconds() + 1)

    again = claim("another")

    assert (again.pk, again.retries, again.fence) == (job.pk, 1, job.fence + 1)


class TestGivingWay:
    def test_lets_somebody_pass_who_has_none_in_hand(self, queue: Any, clock: Any) -> None:
        queue("a", 5)
        long = claim()
        [waiting] = queue("b", 1)
        clock.forward(seconds=1)

        assert leases.give_way(long)

        assert claim().pk == waiting.pk
        assert claim().pk == long.pk

    def test_is_not_done_for_oneself(self, queue: Any) -> None:
        queue("a", 5)

        assert not leases.give_way(claim())

    def test_is_not_done_for_who_has_one_in_hand_already(self, queue: Any) -> None:
        queue("a", 2)
        long = claim()
        queue("b", 2)
        assert claim().whose == "b"

        assert not leases.give_way(long)

    def test_is_not_done_for_what_is_not_due(self, queue: Any, clock: Any) -> None:
        queue("a", 1)
        long = claim()
        [waiting] = queue("b", 1)
        ProcessingJob.objects.filter(pk=waiting.pk).update(run_after=clock.now + timedelta(minutes=1))

        assert not leases.give_way(long)

    def test_counts_no_retry(self, queue: Any) -> None:
        queue("a", 1)
        long = claim()
        queue("b", 1)

        leases.give_way(long)

        assert ProcessingJob.objects.get(pk=long.pk).retries == 0

    def test_of_a_job_that_was_lost_changes_nothing(self, queue: Any) -> None:
        queue("a", 1)
        long = claim()
        queue("b", 1)
        ProcessingJob.objects.filter(pk=long.pk).update(status=JobStatus.CANCELLED)

        assert not leases.give_way(long)


def test_who_was_given_an_earlier_number_holds_the_job_no_more(queue: Any, clock: Any) -> None:
    queue("a", 1)
    first = claim()
    clock.forward(seconds=leases.LEASE.total_seconds() + 1)
    second = claim()

    # By the same name, as two threads of one process have.
    assert (first.leased_by, first.pk) == (second.leased_by, second.pk)
    assert not leases.heartbeat(first)
    assert not leases.put_back(first)
    assert not leases.finish(first)
    assert leases.finish(second)


def test_claiming_is_one_update_beside_a_look(queue: Any, django_assert_num_queries: Any) -> None:
    queue("a", 3)

    # A look, the UPDATE, and what begins and ends a transaction within the test's.
    with django_assert_num_queries(4, using="default") as asked:
        claim()

    assert sum("UPDATE" in query["sql"] for query in asked) == 1


@pytest.mark.postgresql
def test_claiming_reads_no_more_however_many_wait(make_job: Any) -> None:
    template = make_job(whose="a", turn=1)
    ProcessingJob.objects.bulk_create(
        [
            ProcessingJob(dataset_id=template.dataset_id, kind="purge", status="queued", whose="a", turn=n)
            for n in range(5_000)
        ]
    )
    with connections["default"].cursor() as cursor:
        cursor.execute("ANALYZE processing_jobs")
        cursor.execute(
            "EXPLAIN SELECT id FROM processing_jobs WHERE status = 'queued' AND run_after <= now()"
            " ORDER BY turn, run_after, id LIMIT 1 FOR UPDATE SKIP LOCKED"
        )
        plan = "\n".join(line for (line,) in cursor.fetchall())

    assert "Index Scan using job_in_line" in plan
    assert "Sort" not in plan
