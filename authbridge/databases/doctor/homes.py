"""Is every table in its one home, and nowhere else?"""

from collections.abc import Iterator, Mapping

from django.conf import settings
from django.db import connections
from django.db.models import Model

from authbridge import models
from authbridge.databases.better_auth import TABLES as BETTER_AUTH
from authbridge.databases.doctor.catalog import JOURNAL, Table, count_rows, fields_of, models_at
from authbridge.databases.doctor.history import may_read_drizzle_journal
from authbridge.databases.naming import URL_NAMES, aliases, title
from authbridge.shared.findings import Finding, green, red, yellow

Catalogs = Mapping[str, Mapping[str, Table]]

# Only sites with the Stripe plugin have it.
OPTIONAL = {models.Subscription._meta.db_table}
# Every migration fills them: rows there say nothing.
FILLED_BY_DJANGO = {"django_content_type", "auth_permission"}


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
    empty = []
    for other in aliases():
        for model in models_at(other):
            table = model._meta.db_table
            if other == alias or table in here or not is_made_for(model, tables.get(table, {})):
                continue
            rows = 0 if table in FILLED_BY_DJANGO else count_rows(alias, table)
            if rows:
                yield stray(alias, other, table, f"with {rows} rows")
            elif table in BETTER_AUTH:
                yield stray(alias, other, table, "empty")
            else:
                empty.append(table)
    if empty:
        names = ", ".join(sorted(empty))
        yield green("homes", f"{title(alias)} has tables without use whose home is elsewhere, which may stay: {names}.")


def is_made_for(model: type[Model], table: Table) -> bool:
    """Tell whether a table is what this model has, and not another program's that is called so."""
    needed = (name for name, field in fields_of(model).items() if not field.null and not field.has_db_default())
    return bool(table) and all(name in table for name in needed)


def stray(alias: str, home: str, table: str, filled: str) -> Finding:
    """Say what a copy at the wrong place means."""
    if table in BETTER_AUTH:
        advice = (
            f"If the site's DATABASE_URL names {title(alias)}, set it to {title(home)} and run its migrations there."
            " The table here is the site's, and may stay."
        )
    else:
        advice = f"It may stay. If its rows are missed in {title(home)}, docs/databases.md says how they get there."
    message = f"{title(alias)} has a table {table} ({filled}), whose home is {title(home)}: nothing reads it here."
    return yellow("homes", message, advice)


def examine_better_auth(tables: Mapping[str, Table]) -> Iterator[Finding]:
    """Look for the tables that the site makes."""
    where = title(settings.AUTH_DB)
    missed = [table for table in BETTER_AUTH if table not in tables and table not in OPTIONAL]
    if missed:
        yield red(
            "better_auth",
            f"{where} has no table {' and no table '.join(missed)}; the site's migrations make that.",
            advice_on_better_auth(),
        )
    else:
        yield green("better_auth", f"{where} has Better Auth's tables.")
    for table in OPTIONAL - tables.keys():
        yield yellow("better_auth", f"{where} has no table {table}: the site has no Stripe plugin, or did not migrate.")


def advice_on_better_auth() -> str:
    """Say who makes the site's tables. Where its migrations have run, nobody but the site can bring them back."""
    if connections[settings.AUTH_DB].vendor == "sqlite":
        return "manage.py init_databases makes it."
    if may_read_drizzle_journal(settings.AUTH_DB) is not None:
        return (
            "Run the site's migrations (drizzle-kit migrate) on it. If that finds nothing to do, tables were dropped:"
            " the site has to restore them from its backup."
        )
    return (
        f"Check that {URL_NAMES[settings.AUTH_DB]} is the site's DATABASE_URL, and run the site's migrations"
        " (drizzle-kit migrate) on it. Where there is no site: manage.py init_databases --with-auth-tables."
    )
