"""SQL past the models, as the site, an operator or an attacker writes it."""

from typing import Any

from django.conf import settings
from django.db import connections, transaction

from authbridge.shared.ids import as_sql


def execute(sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
    """Run one statement on the user database, whole or not at all; return its rows, if it has any."""
    with transaction.atomic(using=settings.AUTH_DB), connections[settings.AUTH_DB].cursor() as cursor:
        cursor.execute(sql, [as_sql(parameter) for parameter in parameters])
        return cursor.fetchall() if cursor.description else []
