"""May our user of the database do what has to be done there?"""

from collections import defaultdict
from collections.abc import Iterator, Mapping

from django.conf import settings
from django.db import connections

from authbridge.databases.doctor.catalog import JOURNAL, Table, models_at
from authbridge.databases.naming import quoted, title
from authbridge.models import Session, User
from authbridge.shared.findings import Finding, green, red, run_in

READ = (User._meta.db_table, Session._meta.db_table)
# Of the site's tables nothing else is ever written.
WRITTEN = {User._meta.db_table: ("credits", "total_credits_purchased", "team_id", "updated_at")}
OURS = ("SELECT", "INSERT", "UPDATE")


def examine_rights(alias: str, tables: Mapping[str, Table]) -> Iterator[Finding]:
    """Ask PostgreSQL what it will allow, before a call finds out."""
    if connections[alias].vendor != "postgresql":
        return
    missing = [*missing_on_the_sites(tables)] if alias == settings.AUTH_DB else []
    missing += missing_on_ours(alias, tables)
    with connections[alias].cursor() as cursor:
        cursor.execute("SELECT current_user")
        [user] = cursor.fetchone()
    for right in missing:
        grant = run_in(title(alias), f"GRANT {right} TO {quoted(user)}", "whoever owns the table")
        yield red("rights", f'The user "{user}" may not {right} in {title(alias)}.', grant)
    if not missing:
        yield green("rights", f'The user "{user}" has the rights it needs in {title(alias)}.')


def missing_on_the_sites(tables: Mapping[str, Table]) -> Iterator[str]:
    """Name what is not allowed on tables that the site made, as GRANT would."""
    for table in READ:
        if table in tables and not may(settings.AUTH_DB, table, "SELECT"):
            yield f"SELECT ON {table}"
    for table, columns in WRITTEN.items():
        known = [column for column in columns if column in tables.get(table, {})]
        if known and not all(may(settings.AUTH_DB, table, "UPDATE", column) for column in known):
            yield f"UPDATE ({', '.join(known)}) ON {table}"


def missing_on_ours(alias: str, tables: Mapping[str, Table]) -> list[str]:
    """Name what is not allowed on tables that we made, those together that lack the same."""
    lacking: defaultdict[str, list[str]] = defaultdict(list)
    ours = [model._meta.db_table for model in models_at(alias) if model._meta.managed]
    for table in (table for table in [JOURNAL, *ours] if table in tables):
        if rights := [right for right in OURS if not may(alias, table, right)]:
            lacking[", ".join(rights)].append(table)
    return [f"{rights} ON {', '.join(lacked)}" for rights, lacked in lacking.items()]


def may(alias: str, table: str, right: str, column: str = "") -> bool:
    """Tell whether our user has a right on a table, or on one of its columns."""
    with connections[alias].cursor() as cursor:
        if column:
            cursor.execute("SELECT has_column_privilege(%s, %s, %s)", [table, column, right])
        else:
            cursor.execute("SELECT has_table_privilege(%s, %s)", [table, right])
        [is_allowed] = cursor.fetchone()
    return bool(is_allowed)
