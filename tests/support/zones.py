"""Databases as deployments have them: ids and times of either type, and connections in any time zone."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import connections

from authbridge.shared.model_fields import as_utc
from tests.support import auth_tables
from tests.support.sql import execute

# One behind UTC, the one that is furthest ahead, and UTC itself.
ZONES = ("UTC", "America/New_York", "Pacific/Kiritimati")
TIMES_OF_CREDITS = {
    "credit_transactions": ["created_at"],
    "api_key_credits": ["created_at", "updated_at", "expires_at", "revoked_at", "last_used_at"],
    "teams": ["created_at", "updated_at", "deleted_at"],
}


@dataclass(frozen=True)
class World:
    """One kind of deployment. `adopted` is about the credit tables: types as the site's, or as our migrations have."""

    shape: str
    zone: str
    adopted: bool

    def __str__(self) -> str:
        credits = "credits of the site" if self.adopted else "our credits"
        return f"{self.shape}, {credits}, {self.zone}"

    def make(self) -> None:
        """Make the tables anew in these types, within the test's transaction, and turn the connection to the zone."""
        types = auth_tables.SHAPES[self.shape]
        auth_tables.rebuild(**types)
        execute(f"ALTER TABLE users ADD COLUMN banned boolean, ADD COLUMN ban_expires {types['time']}")
        if self.adopted:
            for table, times in TIMES_OF_CREDITS.items():
                change_types(table, id=types["id"], **dict.fromkeys(times, types["time"]))
        auth_tables.forget_columns()
        turn_to(self.zone)


# All other tests are in UTC with tables of ours, so here UTC is where the site made them.
WITH_TABLES_OF_THE_SITE = ("UTC", "Pacific/Kiritimati")
WORLDS = [World(shape, zone, zone in WITH_TABLES_OF_THE_SITE) for shape in auth_tables.SHAPES for zone in ZONES]


def turn_to(zone: str | None) -> None:
    """Put the connection into a time zone, as TIME_ZONE among a database's settings does."""
    connection = connections[settings.AUTH_DB]
    connection.settings_dict["TIME_ZONE"] = zone
    for name in ("timezone", "timezone_name"):
        connection.__dict__.pop(name, None)
    connection.ensure_timezone()


def change_types(table: str, **types: str) -> None:
    """Give columns of an empty table other types."""
    changes = [
        f"ALTER COLUMN {name} DROP DEFAULT, ALTER COLUMN {name} TYPE {type} USING NULL" for name, type in types.items()
    ]
    execute(f"ALTER TABLE {table} {', '.join(changes)}")


def time_in(table: str, column: str, id: uuid.UUID) -> datetime:
    """Return a time as the site would read it: a bare one is UTC."""
    [(written,)] = execute(f"SELECT {column} FROM {table} WHERE id = %s", id)
    value: datetime = as_utc(written)
    return value
