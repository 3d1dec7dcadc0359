"""Do the tables agree with what Django and Drizzle have written down about their migrations?"""

from collections import defaultdict
from collections.abc import Iterator, Mapping

from django.conf import settings
from django.db import connections, router
from django.db.migrations.executor import MigrationExecutor

from authbridge.databases.doctor.catalog import Table, read_tables
from authbridge.databases.naming import title
from authbridge.shared.findings import Finding, green, red, some, yellow

# Those whose first migration completes what it finds; others make their tables or fail.
ADOPTING = {"credits"}
# Whether our user may read Drizzle's journal; no row where there is no journal.
FIND_DRIZZLE_JOURNAL = """
    SELECT has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT')
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = 'drizzle' AND c.relname = '__drizzle_migrations'"""
COUNT_DRIZZLE_JOURNAL = "SELECT COUNT(*) FROM drizzle.__drizzle_migrations"


def examine_migrations(alias: str, tables: Mapping[str, Table]) -> Iterator[Finding]:
    """Compare Django's record of one database with the code and with the tables."""
    executor = MigrationExecutor(connections[alias])
    applied, known = set(executor.loader.applied_migrations), set(executor.loader.disk_migrations)
    # Not by Django's plan, which is empty as soon as the last one is recorded.
    absent = sorted(set(executor.loader.graph.nodes) - applied)
    waiting = [f"{app}.{name}" for app, name in absent if is_at_home(alias, app)]
    apps = {app for app, _ in known}
    foreign = [f"{app}.{name}" for app, name in sorted(applied - known) if app in apps]
    if waiting:
        yield red(
            "migrations",
            f"{title(alias)} lacks {len(waiting)} migrations: {some(waiting)}.",
            "Run manage.py init_databases.",
        )
    if foreign:
        yield yellow(
            "migrations",
            f"{title(alias)} has had migrations that this version does not know: {some(foreign)}.",
            "A newer version of this service has used it. Install that one, or restore a backup from before.",
        )
    ghosts = list(find_ghosts(alias, executor, tables))
    yield from ghosts
    if not waiting and not foreign and not ghosts:
        yield green("migrations", f"{title(alias)} has had all migrations, and all of their tables are there.")


def find_ghosts(alias: str, executor: MigrationExecutor, tables: Mapping[str, Table]) -> Iterator[Finding]:
    """Find migrations that are recorded as done while the tables they make are not there."""
    applied = [node for node in executor.loader.applied_migrations if node in executor.loader.graph.nodes]
    state = executor.loader.project_state(applied)
    made: defaultdict[str, list[str]] = defaultdict(list)
    for (app, name), model in state.models.items():
        if model.options.get("managed", True) and is_at_home(alias, app):
            made[app].append(model.options.get("db_table") or f"{app}_{name}")
    if any(set(names) - tables.keys() for names in made.values()):
        # A twin may have migrated between the look at the tables and the look at the record.
        tables = read_tables(alias)
    for app, names in made.items():
        if absent := sorted(set(names) - tables.keys()):
            yield red(
                "migrations",
                f"{title(alias)}: Django has recorded the migrations of {app}, but there is no {some(absent)}.",
                advice_on_ghosts(alias, app, all_absent=len(absent) == len(names)),
            )


def advice_on_ghosts(alias: str, app: str, *, all_absent: bool) -> str:
    """Say how the tables come to be, where that loses nothing."""
    if not all_absent and app not in ADOPTING:
        return "They were dropped: restore them from a backup. In development: manage.py reset_databases."
    return (
        f"If they held data once, restore them from a backup. Else: manage.py migrate {app} zero --fake"
        f" --database {alias}; and then manage.py init_databases."
    )


def is_at_home(alias: str, app_label: str) -> bool:
    """Tell whether an app's tables belong into this database."""
    return bool(router.allow_migrate(alias, app_label))


def examine_drizzle(alias: str, tables: Mapping[str, Table]) -> Iterator[Finding]:
    """Look for Drizzle's journal, which belongs beside Better Auth's tables."""
    if connections[alias].vendor != "postgresql":
        return
    is_readable = may_read_drizzle_journal(alias)
    if is_readable is False and alias == settings.AUTH_DB:
        yield green("drizzle", f"{title(alias)} has a journal of Drizzle, which is the site's alone to read.")
        return
    entries = 0
    if is_readable:
        with connections[alias].cursor() as cursor:
            cursor.execute(COUNT_DRIZZLE_JOURNAL)
            [entries] = cursor.fetchone()
    yield from judge_drizzle(alias, tables, None if is_readable is None else entries)


def may_read_drizzle_journal(alias: str) -> bool | None:
    """Tell whether our user may read Drizzle's journal of a PostgreSQL database; None where there is none."""
    with connections[alias].cursor() as cursor:
        cursor.execute(FIND_DRIZZLE_JOURNAL)
        found = cursor.fetchone()
    return None if found is None else bool(found[0])


def judge_drizzle(alias: str, tables: Mapping[str, Table], entries: int | None) -> Iterator[Finding]:
    """Say what a journal with so many entries, or none at all, means here."""
    if entries is None:
        if alias == settings.AUTH_DB:
            yield green("drizzle", f"{title(alias)} has no journal of Drizzle: nobody ran drizzle-kit migrate on it.")
    elif alias != settings.AUTH_DB:
        yield red(
            "drizzle",
            f"{title(alias)} has a journal of Drizzle: the site's migrations have run on the wrong database.",
            f"Set DATABASE_URL in the site to what AUTH_DATABASE_URL is here, run its migrations again, and drop"
            f" the schema drizzle in {title(alias)}.",
        )
    elif entries and "users" not in tables:
        yield red(
            "drizzle",
            f"Drizzle has recorded {entries} migrations in {title(alias)}, but there is no table users.",
            "Restore the tables from a backup, or drop the schema drizzle and run the site's migrations again.",
        )
    else:
        yield green("drizzle", f"Drizzle has run {entries} migrations on {title(alias)}.")
