"""Django's dbshell that connects as the service does."""

import os
from typing import Any

from django.core.management.commands import dbshell
from django.db import connections
from psycopg import pq


class Command(dbshell.Command):
    """Hands psql all of a URL: Django's leaves out the host, the options and what else stands behind the ?."""

    def handle(self, **options: Any) -> None:
        connection = connections[options["database"]]
        if connection.vendor == "postgresql":
            os.environ.update(environment_of(connection.settings_dict["OPTIONS"]))
        super().handle(**options)


def environment_of(options: dict[str, Any]) -> dict[str, str]:
    """Return options of a connection as the variables by which libpq takes them."""
    variables = {each.keyword.decode(): each.envvar for each in pq.Conninfo.get_defaults() if each.envvar}
    return {
        variable.decode(): str(options[name]) for name, variable in variables.items() if options.get(name) is not None
    }
