"""Is every table in its one home, and nowhere else?"""

from collections.abc import Iterator, Mapping

from django.conf import settings
from django.db import connections

from authbridge import models
from authbridge.databases.better_auth import TABLES as BETTER_AUTH
from authbridge.databases.doctor.catalog import Table, count_rows, models_at
from authbridge.databases.naming import aliases, title
from authbridge.shared.findings import Finding, green, red, yellow

Catalogs = Mapping[str, Mapping[str, Table]]

# Only sites with the Stripe plugin have it.
OPTIONAL = {models.Subscription._meta.db_table}
JOURNAL = "django_migrations"


def examine_homes(catalogs: Catalogs) -> Iterator[Finding]:
    """Compare the tables that are there with those whose home it is."""
    for alias, tables in catalogs.items():
        strays = list(find_strays(alias, tables))
        yield from strays
        if not strays and len(aliases()) > 1:
            yield green("homes", f"{title(alias)} has no table whose home is elsewhere.")
    if settings.AUTH_DB in catalogs:
        yield from examine_better_auth(catalogs[settings.AUTH_DB])


def find_strays(alias: str, tables: Mapping[str, Table]) -> Iterator[Finding]:
    """Find tables in this database whose home is the other one."""
    here = {model._meta.db_table for model in models_at(alias)} | {JOURNAL}
    for other in aliases():
        if other != alias:
            abroad = {model._meta.db_table for model in models_at(other)} - here
            for table in sorted(abroad & set(tables)):
                yield stray(alias, other, table)


def stray(alias: str, home: str, table: str) -> Finding:
    """Say what a copy at the wrong place means."""
    rows = count_rows(alias, table)
    filled = f"with {rows} rows" if rows else "empty"
    quoted = connections[alias].ops.quote_name(table)
    drop = f"In {title(alias)}: DROP TABLE {quoted};"
    advice = drop if not rows else f"Move what is wanted to {title(home)} (docs/databases.md says how). Then {drop[3:]}"
    if table in BETTER_AUTH:
        advice = (
            f"If the site's DATABASE_URL names {title(alias)}, set it to {title(home)} and run its migrations there."
            f" {advice}"
        )
    return red("homes", f"{title(alias)} has a table {table} ({filled}), whose home is {title(home)}.", advice)


def examine_better_auth(tables: Mapping[str, Table]) -> Iterator[Finding]:
    """Look for the tables that the site makes."""
    where = title(settings.AUTH_DB)
    missed = [table for table in BETTER_AUTH if table not in tables and table not in OPTIONAL]
    if missed:
        yield red(
            "better_auth",
            f"{where} has no table {' and no table '.join(missed)}; the site's migrations make that.",
            "Run the site's migrations (drizzle-kit migrate) on it, or check that AUTH_DATABASE_URL is the site's"
            " DATABASE_URL. Where there is no site: manage.py init_databases --with-auth-tables.",
        )
    else:
        yield green("better_auth", f"{where} has Better Auth's tables.")
    for table in OPTIONAL - tables.keys():
        yield yellow("better_auth", f"{where} has no table {table}: the site has no Stripe plugin, or did not migrate.")
