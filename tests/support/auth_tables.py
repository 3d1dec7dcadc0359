"""Better Auth's tables in the test databases, in every shape a deployment may have made them."""

from typing import Any

import pytest
from django.conf import settings
from django.db import connections
from django.test import TestCase, TransactionTestCase

from authbridge import selectors
from authbridge.databases import better_auth as schema

# Children first, since sessions and accounts refer to users.
IN_ORDER_OF_REMOVAL = tuple(reversed(schema.TABLES))
UUID_IDS = {"id": "uuid", "new_id": "DEFAULT gen_random_uuid()"}
TEXT_IDS = {"id": "text", "new_id": ""}
NAIVE_TIMES = {"time": "timestamp"}
AWARE_TIMES = {"time": "timestamptz"}
SHAPES = {
    "uuid ids, timestamp": {**UUID_IDS, **NAIVE_TIMES},
    "uuid ids, timestamptz": {**UUID_IDS, **AWARE_TIMES},
    "text ids, timestamp": {**TEXT_IDS, **NAIVE_TIMES},
    "text ids, timestamptz": {**TEXT_IDS, **AWARE_TIMES},
}


def create_before_migrating(using: str, **kwargs: Any) -> None:
    """Make the tables that no migration of ours makes, as the site would have before us."""
    if using == settings.AUTH_DB:
        schema.create_auth_tables()


def rebuild(**types: str) -> None:
    """Make Better Auth's tables anew and empty, with other column types if given."""
    with connections[settings.AUTH_DB].cursor() as cursor:
        for table in IN_ORDER_OF_REMOVAL:
            cursor.execute(f"DROP TABLE IF EXISTS {table}")
    schema.create_auth_tables(**types)
    forget_columns()


def empty() -> None:
    """Remove all rows; Django's flush leaves out tables it does not manage."""
    with connections[settings.AUTH_DB].cursor() as cursor:
        for table in IN_ORDER_OF_REMOVAL:
            cursor.execute(f"DELETE FROM {table}")


def may_keep_rows_of(test: pytest.Item) -> bool:
    """Tell whether a test could commit to the user database."""
    databases: Any
    own_class = getattr(test, "cls", None)
    if isinstance(own_class, type) and issubclass(own_class, TransactionTestCase):
        commits, databases = not issubclass(own_class, TestCase), own_class.databases
    else:
        marker = test.get_closest_marker("django_db")
        asked = marker.kwargs if marker else {}
        commits, databases = bool(asked.get("transaction")), asked.get("databases") or ["default"]
    return commits and (databases == "__all__" or settings.AUTH_DB in databases)


def forget_columns() -> None:
    """Let the product look at the tables again, whose columns it remembers."""
    selectors.ban_columns.cache_clear()
    selectors.column_type.cache_clear()
