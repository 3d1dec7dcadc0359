"""Who is connected, and who gives way when the door is full: the new one is never refused."""

import time
from collections import Counter, OrderedDict
from collections.abc import Callable
from enum import IntEnum
from typing import Protocol


class Stage(IntEnum):
    """What a connection is waited for with, in the order in which they give way."""

    IDLE = 0  # Between two requests.
    HEADERS = 1  # From its beginning, or a request's, until its headers are there.
    BODY = 2
    ANSWER = 3  # The client is reading.
    EVENTS = 4  # A stream of events; not idle, however quiet.
    WORK = 5  # Something is done for it, and it does not give way.


GIVE_WAY = (Stage.IDLE, Stage.HEADERS, Stage.BODY, Stage.ANSWER, Stage.EVENTS)
# For how long a connection may be in these stages at most.
PATIENCE_S = {Stage.IDLE: 75.0, Stage.HEADERS: 10.0}


class Member(Protocol):
    """A connection."""

    address: str

    def leave(self) -> None:
        """Be closed: the client was too slow, or somebody else needs the place."""


class Crowd:
    """All connections of a process by stage, the longest first; `is_exempt` addresses may have as many as there are."""

    def __init__(self, most: int, *, most_an_address: int, is_exempt: Callable[[str], bool]) -> None:
        self._most, self._most_an_address, self._is_exempt = most, most_an_address, is_exempt
        self._stages: dict[Stage, OrderedDict[Member, float]] = {stage: OrderedDict() for stage in Stage}
        self._stage_of: dict[Member, Stage] = {}
        self._addresses: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._stage_of)

    def stage_of(self, member: Member) -> Stage | None:
        """Return where a connection stands, or None for one that has left."""
        return self._stage_of.get(member)

    def arrive(self, member: Member) -> None:
        """Take a new connection in; if there are too many, of its address or in all, the longest idle one leaves."""
        self._stage_of[member] = Stage.HEADERS
        self._stages[Stage.HEADERS][member] = time.monotonic()
        self._addresses[member.address] += 1
        if self._has_too_many(member.address):
            self._make_room(member, of_address=member.address)
        elif len(self) > self._most:
            self._make_room(member)

    def _has_too_many(self, address: str) -> bool:
        return self._addresses[address] > self._most_an_address and not self._is_exempt(address)

    def _make_room(self, newcomer: Member, of_address: str | None = None) -> None:
        for stage in GIVE_WAY:
            for member in self._stages[stage]:
                if member is not newcomer and of_address in (None, member.address):
                    self.depart(member)
                    member.leave()
                    return

    def move(self, member: Member, stage: Stage) -> None:
        """Note what a connection is doing from now on."""
        before = self._stage_of.get(member)
        if before is None or before is stage:
            return
        del self._stages[before][member]
        self._stages[stage][member] = time.monotonic()
        self._stage_of[member] = stage

    def depart(self, member: Member) -> None:
        """Forget a connection."""
        stage = self._stage_of.pop(member, None)
        if stage is None:
            return
        del self._stages[stage][member]
        self._addresses[member.address] -= 1
        if not self._addresses[member.address]:
            del self._addresses[member.address]

    def sweep(self) -> None:
        """Have those leave who are waited for too long."""
        now = time.monotonic()
        for stage, patience_s in PATIENCE_S.items():
            late = []
            for member, since in self._stages[stage].items():
                if now - since < patience_s:
                    break
                late.append(member)
            for member in late:
                self.depart(member)
                member.leave()
