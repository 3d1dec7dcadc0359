"""What hangs on the datasets' tables besides their rows, for whoever drops them in development."""

from django.db import connections

from authbridge.shared.triggers import drop_functions
from datasets.counters import FUNCTIONS


def after_dropping() -> None:
    """Take away what the triggers called."""
    drop_functions("default", FUNCTIONS[connections["default"].vendor])
