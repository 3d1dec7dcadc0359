"""The server keeps a result only within a transaction: behind a pooler, the next one is in another session."""

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from io import StringIO
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.db import connections, transaction
from django.forms import ModelChoiceField

from authbridge.models import User

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(databases="__all__", transaction=True)]

KEPT_RESULTS = "SELECT COUNT(*) FROM pg_cursors WHERE name LIKE '_django%'"


def kept_while_reading(rows: Iterable[Any], alias: str = "default") -> int:
    """Begin to read, and return how many results the server keeps for us meanwhile."""
    reading = iter(rows)
    next(reading)
    with connections[alias].cursor() as cursor:
        cursor.execute(KEPT_RESULTS)
        kept = int(cursor.fetchone()[0])
    list(reading)
    return kept


@pytest.fixture(autouse=True)
def _rows(alice: User, bob: User) -> None:
    Group.objects.bulk_create([Group(name="readers"), Group(name="writers")])


@pytest.mark.parametrize(
    ("surroundings", "kept"), [(nullcontext, 0), (lambda: transaction.atomic(using="default"), 1)], ids=["", "atomic"]
)
def test_a_result_is_kept_by_the_server_in_a_transaction_alone(
    surroundings: Callable[[], AbstractContextManager[None]], kept: int
) -> None:
    with surroundings():
        assert kept_while_reading(Group.objects.order_by("name").iterator()) == kept


def test_what_django_s_forms_offer_is_not_kept_by_the_server() -> None:
    assert kept_while_reading(ModelChoiceField(Group.objects.all(), empty_label=None).choices) == 0


def test_dumps_are_read_bit_by_bit_in_a_transaction() -> None:
    kinds: set[type] = set()

    def note(execute: Any, sql: str, parameters: Any, many: bool, context: Any) -> Any:
        if sql.startswith("SELECT") and '"users"' in sql:
            kinds.add(type(context["cursor"].cursor))
        return execute(sql, parameters, many, context)

    with connections[settings.AUTH_DB].execute_wrapper(note):
        call_command("dumpdata", "authbridge.user", database=settings.AUTH_DB, stdout=StringIO())

    assert [issubclass(kind, psycopg.ServerCursor) for kind in kinds] == [True]
