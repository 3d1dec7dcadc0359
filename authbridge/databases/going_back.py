"""`migrate APP EARLIER` takes tables and columns away: refused while they hold anything, unless that is really wanted.

It asks nothing by itself: `migrate credits zero` would drop a ledger of years.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from django.db import connections
from django.db.migrations import AddField, CreateModel, Migration
from django.db.models import Model
from django.db.models.signals import pre_migrate
from django.dispatch import receiver

from authbridge.databases.naming import describe

Plan = Sequence[tuple[Migration, bool]]

_is_on_paper: ContextVar[bool] = ContextVar("is_on_paper", default=False)


@contextmanager
def on_paper() -> Iterator[None]:
    """Have nothing refused to a `migrate` that drops nothing."""
    token = _is_on_paper.set(True)
    try:
        yield
    finally:
        _is_on_paper.reset(token)


@receiver(pre_migrate)
def refuse_to_lose_rows(sender: Any, plan: Plan, using: str, apps: Any, **_: Any) -> None:
    """Stop a `migrate` that would drop what holds rows, before it has changed anything."""
    # Sent for each app; once is enough.
    if sender.label != "authbridge" or settings.ALLOW_DROPPING_DATA or _is_on_paper.get():
        return
    lost = list(dict.fromkeys(what_is_lost(plan, using, apps)))
    if lost:
        raise CommandError(
            f"Going back would drop what holds rows in {describe(using)}: {', '.join(lost)}. Nothing was changed."
            " An earlier release runs on these tables as they are. If the data is really to go, make a backup and"
            " set ALLOW_DROPPING_DATA=1 for this command."
        )


def what_is_lost(plan: Plan, using: str, apps: Any) -> Iterator[str]:
    """Yield the tables, and the columns of others, that a plan takes away and that hold rows."""
    present = set(connections[using].introspection.table_names())
    undone = [migration for migration, backwards in plan if backwards]
    dropped = {table for migration in undone for table, column in tables_and_columns(migration, apps) if not column}
    for migration in undone:
        for table, column in tables_and_columns(migration, apps):
            is_told_by_its_table = column and table in dropped
            if table in present and not is_told_by_its_table and holds_rows(using, table):
                yield f"{table}.{column}" if column else table


def tables_and_columns(migration: Migration, apps: Any) -> Iterator[tuple[str, str]]:
    """Yield what undoing a migration drops: a table and an empty text, or a table and its column."""
    for operation in migration.operations:
        if isinstance(operation, CreateModel) and (model := model_of(apps, migration.app_label, operation.name)):
            yield model._meta.db_table, ""
        elif isinstance(operation, AddField):
            model = model_of(apps, migration.app_label, operation.model_name)
            if model and operation.name in {field.name for field in model._meta.fields}:
                yield model._meta.db_table, str(model._meta.get_field(operation.name).column)  # type: ignore[union-attr]


def model_of(apps: Any, app_label: str, name: str) -> type[Model] | None:
    """Return a model as it is before the plan, if it is a table of ours."""
    try:
        model: type[Model] = apps.get_model(app_label, name)
    except LookupError:
        return None
    return model if model._meta.managed else None


def holds_rows(using: str, table: str) -> bool:
    """Tell whether a table has a row."""
    connection = connections[using]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT 1 FROM {connection.ops.quote_name(table)} LIMIT 1")
        return cursor.fetchone() is not None
