"""Chores: what is to be done every minute or every night, once however many workers there are.

A chore's row says when it is due next. Whoever moves that on does it; if that process dies, or the chore fails, it is
due again after a pause. Chores of one worker wait for each other.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils import timezone

from datasets.queue.models import ChoreRun

logger = logging.getLogger(__name__)

NIGHT_HOUR = 3  # UTC
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
# A nightly chore that failed, or whose process died, is tried again after this.
PAUSE_BY_NIGHT = timedelta(hours=1)
LONGEST_OUTCOME = 500


class Alarm(Exception):
    """A chore has found what somebody must see; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Chore:
    """One line of the list: its name, what it does, and the log line for what came of it, if anything did.

    `line` has one %s for what `do` returned; nothing is logged for None, 0 and the like. An `Alarm` is an error.
    """

    name: str
    do: Callable[[], Any]
    line: str
    nightly: bool = False

    def next_due(self, now: datetime) -> datetime:
        """Return when it is due after a run that began now."""
        tonight = datetime(now.year, now.month, now.day, NIGHT_HOUR, tzinfo=UTC)
        return (tonight if tonight > now else tonight + DAY) if self.nightly else now + MINUTE


def do_what_is_due(chores: Sequence[Chore]) -> None:
    """Do each chore that is due, unless another worker took it."""
    now = timezone.now()
    known = dict(ChoreRun.objects.values_list("name", "due_at"))
    for chore in chores:
        if chore.name not in known:
            # By day a new nightly chore waits for its first night.
            first = chore.next_due(now) if chore.nightly else now
            known[chore.name] = ChoreRun.objects.get_or_create(name=chore.name, defaults={"due_at": first})[0].due_at
        if known[chore.name] <= now and take(chore, now):
            do(chore, now)


def take(chore: Chore, now: datetime) -> bool:
    """Move a due chore on; False if another worker did."""
    pause = PAUSE_BY_NIGHT if chore.nightly else MINUTE
    return ChoreRun.objects.filter(name=chore.name, due_at__lte=now).update(due_at=now + pause) == 1


def do(chore: Chore, now: datetime) -> None:
    """Do a chore that was taken, and write down what came of it; what goes wrong is logged and tried again."""
    try:
        found = chore.do()
    except Alarm as alarm:
        logger.error("%s", alarm)
        outcome = {"error": str(alarm)[:LONGEST_OUTCOME], "due_at": chore.next_due(now)}
    except Exception as error:
        logger.exception("%s failed; it goes on.", chore.name)
        outcome = {"error": f"{type(error).__name__}: {error}"[:LONGEST_OUTCOME]}
    else:
        if found:
            logger.info(chore.line, found)
        said = chore.line % found if found else ""
        outcome = {"error": "", "outcome": said[:LONGEST_OUTCOME], "due_at": chore.next_due(now)}
    ChoreRun.objects.filter(name=chore.name).update(**outcome, finished_at=timezone.now())
