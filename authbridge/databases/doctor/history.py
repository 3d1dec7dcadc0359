"""Do the tables agree with what Django and Drizzle have written down about their migrations?"""

from collections import defaultdict
from collections.abc import Iterator, Mapping

from django.conf import settings
from django.db import connections, router
from django.db.migrations.executor import MigrationExecutor

from authbridge.databases.doctor.catalog import Table, read_tables
from authbridge.databases.naming import URL_NAMES, title
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
            "A newer version of this service has used it: install that one. Nothing in the database has to go back.",
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
                advice_on_ghosts(alias, app, is_forgettable=is_forgettable(executor, app, made, tables)),
            )


def is_forgettable(
    executor: MigrationExecutor, app: str, made: Mapping[str, list[str]], tables: Mapping[str, Table]
) -> bool:
    """Tell whether an app's migrations can run again: those that build on them go too, whose tables may be there."""
    undone = {migration.app_label for migration, _ in executor.migration_plan([(app, None)])} | {app}
    return not any(set(made[each]) & tables.keys() for each in undone - ADOPTING if each in made)


def advice_on_ghosts(alias: str, app: str, *, is_forgettable: bool) -> str:
    """Say how the tables come to be, where that loses nothing."""
    if not is_forgettable:
        return (
            "They were dropped: restore these tables, and no others, from a backup."
            " In development: manage.py reset_databases --database default."
        )
    return (
        f"If they held data once, restore these tables, and no others, from a backup. Else: manage.py migrate {app}"
        f" zero --fake --database {alias}; and then manage.py init_databases."
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
        yield from judge_journal_in_fltr(alias, tables)
    elif entries and "users" not in tables:
        yield red(
            "drizzle",
            f"Drizzle has recorded {entries} migrations in {title(alias)}, but there is no table users.",
            f"Check that {URL_NAMES[alias]} is the site's DATABASE_URL. If it is, the site's tables were dropped: the"
            " site has to restore them from its backup.",
        )
    else:
        yield green("drizzle", f"Drizzle has run {entries} migrations on {title(alias)}.")


def judge_journal_in_fltr(alias: str, tables: Mapping[str, Table]) -> Iterator[Finding]:
    """Say whose a journal in our own database is: the site's, if its tables are there too."""
    if "users" not in tables:
        yield green("drizzle", f"{title(alias)} has a journal of Drizzle, of a program that is not the site.")
        return
    yield yellow(
        "drizzle",
        f"{title(alias)} has a journal of Drizzle: the site's migrations have run on the wrong database.",
        f"If the site's DATABASE_URL names {title(alias)}, set it to what {URL_NAMES[settings.AUTH_DB]} is here and run"
        " its migrations there. The journal here is the site's, and may stay.",
    )
