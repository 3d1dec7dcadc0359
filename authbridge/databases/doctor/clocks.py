"""Is time the same everywhere: UTC, and now?"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import connections

from authbridge.databases.doctor.catalog import Table
from authbridge.databases.naming import quoted, title
from authbridge.shared.findings import Finding, green, red, run_in, yellow

IS_UTC = {"utc", "etc/utc", "gmt", "etc/gmt", "zulu", "etc/zulu", "uct", "etc/uct", "universal", "greenwich", "utc0"}
MOST_DIFFERENCE = timedelta(seconds=5)
ZONES = "SELECT setting, reset_val, clock_timestamp() FROM pg_settings WHERE name = 'TimeZone'"


def examine_clock(alias: str, tables: Mapping[str, Table]) -> Iterator[Finding]:
    """Compare a server's time zone and clock with ours."""
    if connections[alias].vendor != "postgresql":
        yield green("clock", f"{title(alias)} is a file and has this machine's clock; times are UTC.")
        return
    with connections[alias].cursor() as cursor:
        cursor.execute(ZONES)
        ours, others, server_now = cursor.fetchone()
    difference = abs(server_now - datetime.now(UTC))
    if ours.lower() not in IS_UTC:
        yield red("clock", f"Our connections to {title(alias)} are in {ours}.", "Remove TIME_ZONE from its settings.")
    if others.lower() not in IS_UTC and alias == settings.AUTH_DB and has_naive_times(tables):
        sql = f"ALTER DATABASE {quoted(connections[alias].settings_dict['NAME'])} SET timezone TO 'UTC'"
        yield yellow(
            "clock",
            f"{title(alias)} gives connections the time zone {others}, and its columns hold UTC without a zone:"
            " rows that rely on DEFAULT now() get local time.",
            "The site decides it. If all of its times are UTC, as Better Auth writes them:"
            f" {run_in(title(alias), sql, 'whoever owns it')} Then start the site anew.",
        )
    elif difference > MOST_DIFFERENCE:
        yield yellow(
            "clock",
            f"The clock of {title(alias)}'s server differs from this machine's by {difference.total_seconds():.0f} s:"
            " sessions and leases end too early or too late.",
            "Have both machines keep time by NTP.",
        )
    elif ours.lower() in IS_UTC:
        yield green("clock", f"{title(alias)} speaks UTC, and its clock agrees with this machine's.")


def has_naive_times(tables: Mapping[str, Table]) -> bool:
    """Tell whether the site's columns hold times without a zone."""
    columns = tables.get("users", {}) | tables.get("sessions", {})
    return any(column.type == "timestamp without time zone" for column in columns.values())
