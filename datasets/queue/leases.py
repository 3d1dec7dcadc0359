"""The verbs of a leased job. Each is one conditional UPDATE, believed only if exactly one row changed.

A lost or doubled message, a second worker or a dead one harm nothing: the lease decides who works, and only its
holder can finish. The table is the job's own, whichever that is.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.db import connections, router, transaction
from django.db.models import F, QuerySet, Subquery
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce, Greatest
from django.utils import timezone

from datasets.queue.models import JobStatus, LeasedJob

LEASE = timedelta(seconds=30)
# Between two jobs of one in line.
STEP = 2
# Turns from here on are of work that nobody waits for: all else goes first, and is placed as if it were not there.
BACKGROUND = 2**62
LONGEST_BACKOFF = timedelta(minutes=5)

Job = TypeVar("Job", bound=LeasedJob)


# One statement: two workers never take the same, and neither waits for the other.
CLAIM = """
    UPDATE {table} SET status = 'running', leased_by = %(worker)s, lease_until = %(until)s, fence = fence + 1,
        started_at = COALESCE(started_at, %(now)s),
        retries = retries + CASE WHEN status = 'running' AND leased_by <> %(worker)s THEN 1 ELSE 0 END
    WHERE {key} = COALESCE(
        (SELECT {key} FROM {table} WHERE status = 'running' AND lease_until < %(now)s
            ORDER BY lease_until LIMIT 1 {skip}),
        (SELECT {key} FROM {table} WHERE status = 'queued' AND run_after <= %(now)s
            ORDER BY turn, run_after, {key} LIMIT 1 {skip})
    ) RETURNING {columns}"""


def claim(table: type[Job], worker: str, note: Callable[[Job], None] | None = None) -> Job | None:
    """Take the due job that is next in line under a lease, or None. A job taken from a dead worker counts a retry.

    One that was left by a worker who lives counts none: it could not write down what became of it.

    `note` writes down elsewhere, in the same transaction, that it was taken. Where nothing is due, none is begun.
    """
    now = timezone.now()
    if not table.objects.claimable(now).exists():
        return None
    with transaction.atomic(using=router.db_for_write(table)):
        job = take(table, worker, now)
        if job and note:
            note(job)
    return job


def take(table: type[Job], worker: str, now: datetime) -> Job | None:
    """Lease the next row to a worker and return it as it is now, or None if others were quicker."""
    connection, options = connections[router.db_for_write(table)], table._meta
    fields = {field.name: field for field in options.concrete_fields}
    as_time = fields["lease_until"].get_db_prep_value
    assert options.pk is not None
    sql = CLAIM.format(
        table=options.db_table,
        key=options.pk.column,
        columns=", ".join(str(field.column) for field in fields.values()),
        skip="FOR UPDATE SKIP LOCKED" if connection.vendor == "postgresql" else "",
    )
    parameters = {"worker": worker, "now": as_time(now, connection), "until": as_time(now + LEASE, connection)}
    return next(iter(table.objects.raw(sql, parameters, using=connection.alias)), None)


def place_in_line(table: type[LeasedJob], whose: str) -> Combinable:
    """Return, for an UPDATE, the turn of somebody's next job: after their others, and after what is being done now.

    So the first of a newcomer is next, however many others have queued. It gains half a step by that, so that ever more
    newcomers do not keep the others from ever being next.
    """
    awaited = table.objects.filter(turn__lt=BACKGROUND)
    queued = awaited.filter(status=JobStatus.QUEUED)
    in_hand = Subquery(awaited.filter(status=JobStatus.RUNNING).order_by("-turn").values("turn")[:1])
    first = Subquery(queued.order_by("turn").values("turn")[:1])
    own = Subquery(
        awaited.filter(whose=whose, status__in=[JobStatus.QUEUED, JobStatus.RUNNING])
        .order_by("-turn")
        .values("turn")[:1]
    )
    return Greatest(Coalesce(in_hand + STEP // 2, first, 0), Coalesce(own + STEP, 0))


def background_turn(table: type[LeasedJob], whose: str) -> int:
    """Return the turn of the next of somebody's jobs that nobody waits for: after their others, beside everybody's."""
    mine = table.objects.filter(whose=whose, turn__gte=BACKGROUND).unfinished()
    last = mine.order_by("-turn").values_list("turn", flat=True).first()
    return BACKGROUND if last is None else last + STEP


def give_way(job: LeasedJob) -> bool:
    """Put a job back behind the next one of somebody who has none in hand, if anybody waits; False if nobody does.

    A job that nobody waits for gives way to all others, and keeps its place behind them.
    """
    table = type(job)
    busy = table.objects.filter(status=JobStatus.RUNNING).values("whose")
    due = table.objects.filter(status=JobStatus.QUEUED, run_after__lte=timezone.now())
    awaited = due.filter(turn__lt=BACKGROUND)
    if job.turn < BACKGROUND:
        due = awaited
    elif awaited.exists():
        return put_back(job)
    waiting = due.exclude(whose__in=busy).order_by("turn").values_list("turn", flat=True).first()
    return waiting is not None and put_back(job, turn=waiting)


def held(job: Job) -> QuerySet[Job]:
    """Return the job as a row to update, if its worker still holds it."""
    mine = {"status": JobStatus.RUNNING, "leased_by": job.leased_by, "fence": job.fence}
    return type(job).objects.filter(pk=job.pk, **mine)


def heartbeat(job: LeasedJob, **progress: Any) -> bool:
    """Prolong the lease, telling how far the work has come; False if it was lost."""
    return held(job).update(**progress, lease_until=timezone.now() + LEASE) == 1


def finish(job: LeasedJob) -> bool:
    """End a job well; False if it was cancelled or taken away."""
    done = {"status": JobStatus.SUCCEEDED, "stage": "done", "progress": 1.0}
    return held(job).update(**done, finished_at=timezone.now(), lease_until=None) == 1


def retry(job: LeasedJob) -> bool:
    """Queue a job that failed again after a growing pause; False if it was lost."""
    pause = min(LONGEST_BACKOFF, timedelta(seconds=2 ** min(job.retries + 1, 10)))
    return put_back(job, pause, retries=F("retries") + 1, waits_since=None)


def wait(job: LeasedJob, pause: timedelta) -> bool:
    """Queue a job again that a part it needs keeps waiting, which counts no retry; False if it was lost."""
    return put_back(job, pause, waits_since=Coalesce(F("waits_since"), timezone.now()))


def put_back(job: LeasedJob, pause: timedelta = timedelta(0), **changes: Any) -> bool:
    """Queue a leased job again for later; False if it was lost."""
    due = timezone.now() + pause
    return held(job).update(status=JobStatus.QUEUED, run_after=due, lease_until=None, **changes) == 1


def give_up(job: Job, error: dict[str, str], **changes: Any) -> bool:
    """End a leased job for good, saying why nothing came of it; False if it was lost."""
    return end(held(job), JobStatus.FAILED, error, **changes) == 1


def end(rows: QuerySet[Any], status: str, error: dict[str, str], **changes: Any) -> int:
    """End those of these jobs that have not ended, for good and with a reason; return how many."""
    return rows.unfinished().update(status=status, error=error, finished_at=timezone.now(), **changes)  # type: ignore[attr-defined]


def reap(table: type[LeasedJob], is_known_dead: Callable[[str], bool]) -> int:
    """End the leases of workers that are known to be dead, so that nobody waits for them to run out.

    By name: what another has claimed since the look is that one's.
    """
    running = table.objects.filter(status=JobStatus.RUNNING)
    names = running.order_by().values_list("leased_by", flat=True).distinct()
    dead = [name for name in names if is_known_dead(name)]
    return running.filter(leased_by__in=dead).update(lease_until=timezone.now()) if dead else 0
