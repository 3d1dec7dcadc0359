"""Django's check, which for databases says what the doctor finds in them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.core.checks import CheckMessage, Error, Tags, Warning
from django.core.checks.registry import registry
from django.core.management.commands import check

from authbridge.databases.checks import check_databases
from authbridge.shared.findings import Level
from fltr_project.doctor import examine_those

KINDS = {Level.RED: Error, Level.YELLOW: Warning}


class Command(check.Command):
    """With --database: who does not answer, what is missing, what is in the wrong home."""

    def handle(self, *app_labels: Any, **options: Any) -> None:
        with doctor_on_call():
            super().handle(*app_labels, **options)


@contextmanager
def doctor_on_call() -> Iterator[None]:
    """Have the doctor examine databases, instead of the little that every start looks at."""
    known = set(registry.registered_checks)
    registry.registered_checks.discard(check_databases)
    registry.register(what_the_doctor_finds, Tags.database)
    try:
        yield
    finally:
        registry.registered_checks = known


def what_the_doctor_finds(*, databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """Return what is not as it should be in these databases."""
    return [
        KINDS[found.level](found.message, hint=found.advice or None, id=f"doctor.{found.check}")
        for found in examine_those(databases or [])
        if found.level in KINDS
    ]
