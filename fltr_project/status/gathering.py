"""Gather the status: all parts at once, each in its own time, and nobody waits for one that hangs."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime

from django.db import Error

from authbridge.shared.errors import first_line
from authbridge.shared.findings import Finding
from datasets.errors import VectorStoreError
from fltr_project.doctor import examine
from fltr_project.status.asking import Desk, Question
from fltr_project.status.parts import PARTS, NotThere
from fltr_project.status.tree import Examination, Part, Status

DOCTOR = "doctor"
UNFINISHED = "The doctor has not finished within {seconds:g} seconds; these are its findings so far."
NO_ANSWER = "There was no answer within {seconds:g} seconds."
# Their sentences are for people.
SPEAKING = (Error, VectorStoreError, NotThere)

desk = Desk()


def gather(*, timeout_s: float, doctor_timeout_s: float, doctor_good_for_s: float = 0) -> Status:
    """Return how things are, as far as it can be told in these seconds; findings may be as old as they are good for."""
    began = time.monotonic()
    examined = desk.ask(DOCTOR, findings, good_for_s=doctor_good_for_s)
    asked = {key: desk.ask(key, tell) for key, (_, tell) in PARTS.items()}
    parts = []
    for key, question in asked.items():
        question.wait(began + timeout_s)
        parts.append(Part(key, PARTS[key][0], list(question.told), problem_of(question, NO_ANSWER, timeout_s)))
    examined.wait(began + doctor_timeout_s)
    problem = problem_of(examined, UNFINISHED, doctor_timeout_s)
    examination = Examination(list(examined.told), examined.finished_at, problem)
    return Status(datetime.now(UTC), parts, examination)


def findings() -> Iterator[Finding]:
    """Yield what the doctor finds."""
    for section in examine():
        yield from section.findings


def problem_of(question: Question, too_late: str, seconds: float) -> str:
    """Say why a question is not answered in full; empty if it is."""
    if not question.is_done:
        return too_late.format(seconds=seconds)
    error = question.error
    if error is None:
        return ""
    return first_line(error) if isinstance(error, SPEAKING) else f"{type(error).__name__}: {first_line(error)}"
