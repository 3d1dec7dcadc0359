"""What hangs on the datasets' tables besides their rows, for whoever drops them in development."""

from django.db import connections

from datasets.counters import FUNCTIONS


def after_dropping() -> None:
    """Take away what the triggers called."""
    connection = connections["default"]
    with connection.cursor() as cursor:
        for name in FUNCTIONS[connection.vendor]:
            cursor.execute(f"DROP FUNCTION IF EXISTS {name}()")
